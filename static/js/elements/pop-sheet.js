// A question that was fetched, over the page. It goes when it is answered; what was refused is said below.
class PopSheet extends HTMLElement {
    connectedCallback() {
        const dialog = this.firstElementChild
        dialog.addEventListener("close", () => this.remove())
        dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close() })
        // Without a connection nothing was answered.
        this.addEventListener("htmx:afterRequest", event => { if (event.detail.xhr.status) dialog.close() })
        dialog.showModal()
    }
}

customElements.define("pop-sheet", PopSheet)
