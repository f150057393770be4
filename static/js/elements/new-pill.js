// Floats over the log while the reader is above its end: what has come meanwhile, and the way there.
class NewPill extends HTMLElement {
    missed = new Set() // what is told again counts once

    connectedCallback() {
        this.words = this.querySelector("button > span:last-child")
        this.stop = new AbortController()
        const life = { signal: this.stop.signal }
        this.querySelector("button").addEventListener("click", () => this.press(), life)
        document.addEventListener("list:arrived", event => this.arrived(event.detail), life)
        document.addEventListener("list:moved", event => this.move(event.detail.isAtEnd), life)
    }

    disconnectedCallback() { this.stop.abort() }

    // It goes when one is there, and the focus is not to go with it.
    press() {
        document.querySelector(".log").focus({ preventScroll: true })
        tell("list:to-end")
    }

    arrived({ isSeen, article }) {
        if (isSeen) this.missed.clear()
        else this.missed.add(article.id)
        this.show()
    }

    move(isAtEnd) {
        if (isAtEnd) this.missed.clear()
        this.hidden = isAtEnd
        this.show()
    }

    show() {
        const count = this.missed.size
        const words = count ? ngettext("%s new", "%s new", count).replace("%s", count) : gettext("To the end")
        if (this.words.textContent !== words) this.words.textContent = words
    }
}

customElements.define("new-pill", NewPill)
