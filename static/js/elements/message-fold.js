// A long message is folded where scripts run, by style alone: it has its height before this is here. This only opens it.
class MessageFold extends HTMLElement {
    connectedCallback() {
        if (this.button) return
        this.button = this.querySelector(".fold__more")
        this.prose = this.querySelector(".prose")
        this.button.addEventListener("click", () => this.turnHere(!this.isOpen))
        this.prose.addEventListener("focusin", () => this.turnHere(true))
        // What was searched for is further down. Our own way back to the top is told late, and is no search.
        this.prose.addEventListener("scroll", () => this.prose.scrollTop && this.turnHere(true))
    }

    get isOpen() { return this.classList.contains("fold--open") }

    // What is read, found or being pressed stays where it is: it opens downwards, though the log holds on to its end.
    turnHere(isOpen) {
        const top = this.getBoundingClientRect().top - this.prose.scrollTop
        this.turn(isOpen)
        const log = this.closest(".log")
        log?.scrollBy({ top: this.getBoundingClientRect().top - top, behavior: "instant" })
        log?.dispatchEvent(new Event("scroll")) // in time for <reader-place>: that of the browser may come after the next paint
    }

    turn(isOpen) {
        this.prose.scrollTop = 0
        if (isOpen === this.isOpen) return
        this.classList.toggle("fold--open", isOpen)
        this.button.ariaExpanded = String(isOpen)
        this.button.lastElementChild.textContent = isOpen ? gettext("Show less") : gettext("Show all")
    }
}

customElements.define("message-fold", MessageFold)
