// A question that was fetched, over the page. It goes when it is answered; what was refused is said below.
class PopSheet extends HTMLElement {
    connectedCallback() {
        // Whoever asked has gone to another page meanwhile, where the next key is meant for something else.
        if (!document.getElementById(`message-${this.dataset.message}`)) return this.remove()
        const dialog = this.firstElementChild
        const message = document.activeElement.closest(".message")
        dialog.addEventListener("close", () => this.leave(message))
        dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close() })
        // Without a connection nothing was answered.
        this.addEventListener("htmx:afterRequest", event => { if (event.detail.xhr.status) dialog.close() })
        dialog.showModal()
    }

    // What opened it may have been drawn anew meanwhile.
    leave(message) {
        this.remove()
        if (document.activeElement === document.body) message?.focus({ preventScroll: true })
    }
}

customElements.define("pop-sheet", PopSheet)
