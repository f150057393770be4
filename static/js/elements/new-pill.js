// Floats over the log while the reader is above its end: what has come meanwhile, and the way there.
class NewPill extends HTMLElement {
    count = 0

    connectedCallback() {
        this.words = this.querySelector("button > span:last-child")
        this.stop = new AbortController()
        const life = { signal: this.stop.signal }
        this.querySelector("button").addEventListener("click", () => document.dispatchEvent(new CustomEvent("list:to-end")), life)
        document.addEventListener("list:arrived", event => this.arrived(event.detail.isSeen), life)
        document.addEventListener("list:moved", event => this.move(event.detail.isAtEnd), life)
    }

    disconnectedCallback() { this.stop.abort() }

    arrived(isSeen) {
        this.count = isSeen ? 0 : this.count + 1
        this.show()
    }

    move(isAtEnd) {
        if (isAtEnd) this.count = 0
        this.hidden = isAtEnd
        this.show()
    }

    show() {
        const words = this.count ? ngettext("%s new", "%s new", this.count).replace("%s", this.count) : gettext("To the end")
        if (this.words.textContent !== words) this.words.textContent = words
    }
}

customElements.define("new-pill", NewPill)
