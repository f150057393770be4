// A question that was fetched, over the page. It goes when it is answered; what was refused is said in it, and can be sent again.
class PopSheet extends HTMLElement {
    connectedCallback() {
        // Whoever asked has gone to another page meanwhile, where the next key is meant for something else.
        if (!document.getElementById(`message-${this.dataset.message}`)) return this.remove()
        const dialog = this.firstElementChild
        const message = document.activeElement.closest(".message")
        dialog.addEventListener("close", () => this.leave(message))
        // Whoever selects words to their beginning may let go beside it.
        dialog.addEventListener("pointerdown", event => { this.isBeside = isBeside(dialog, event) })
        dialog.addEventListener("click", event => { if (this.isBeside && event.target === dialog) dialog.close() })
        this.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => xhr.status && xhr.status < 400 ? dialog.close() : this.refuse(xhr))
        dialog.showModal()
    }

    // The page below is not read out now.
    refuse(xhr) {
        this.querySelector("[role=alert]")?.remove()
        const problem = Object.assign(document.createElement("p"), { className: "field__error", role: "alert" })
        this.querySelector("h2").after(problem)
        problem.textContent = xhr.getResponseHeader("X-Error-Code") ? xhr.responseText : xhr.status ? gettext("That was not done.") : gettext("There is no connection. Try again.")
    }

    // What opened it may have been drawn anew meanwhile.
    leave(message) {
        this.remove()
        if (document.activeElement === document.body) message?.focus({ preventScroll: true })
    }
}

// All around it, not its own edge.
function isBeside(dialog, { target, clientX, clientY }) {
    const { left, right, top, bottom } = dialog.getBoundingClientRect()
    return target === dialog && (clientX < left || clientX > right || clientY < top || clientY > bottom)
}

customElements.define("pop-sheet", PopSheet)
