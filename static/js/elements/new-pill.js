// Floats over the log while the reader is above its end: what has come meanwhile, and the way there.
class NewPill extends HTMLElement {
    count = 0

    connectedCallback() {
        this.words = this.querySelector("button > span:last-child")
        this.querySelector("button").addEventListener("click", () => document.dispatchEvent(new CustomEvent("list:to-end")))
        document.addEventListener("list:arrived", event => this.arrived(event.detail.isSeen))
        document.addEventListener("list:moved", event => this.move(event.detail.isAtEnd))
    }

    arrived(isSeen) {
        this.count = isSeen ? 0 : this.count + 1
        this.show()
    }

    move(isAtEnd) {
        if (isAtEnd) this.count = 0
        this.hidden = isAtEnd
        this.show()
    }

    show() { this.words.textContent = this.count ? `${this.count} new` : "To the end" }
}

customElements.define("new-pill", NewPill)
