// Holds a reply for one reader while it is being written, and lets it run on. Nobody else notices.
class ReplyHold extends HTMLElement {
    connectedCallback() {
        this.body = this.closest(".reply")?.querySelector("reply-body")
        if (!this.body || this.firstChild) return
        this.button = Object.assign(document.createElement("button"), { className: "button button--plain", type: "button" })
        this.button.addEventListener("click", () => this.turn())
        this.waiting = document.createElement("span")
        this.append(this.button, this.waiting)
        this.show()
    }

    disconnectedCallback() { clearInterval(this.timer) }

    turn() {
        clearInterval(this.timer)
        if (this.body.held) this.body.goOn()
        else {
            this.body.hold()
            this.timer = setInterval(() => this.show(), 250)
        }
        this.show()
    }

    // What has ended cannot be stopped; who was about to goes on.
    dropStop() {
        const stop = this.parentElement.querySelector(".reply__stop")
        if (stop === document.activeElement) this.button.focus()
        stop?.remove()
    }

    show() {
        const { held, ending, wordsWaiting } = this.body
        if (ending && !ending.ariaBusy) this.dropStop()
        this.closest(".reply")?.classList.toggle("reply--held", Boolean(held))
        this.button.textContent = held ? gettext("Go on") : gettext("Hold")
        this.waiting.textContent = held ? (wordsWaiting === 1 ? gettext("%s word waiting") : gettext("%s words waiting")).replace("%s", wordsWaiting) : ""
    }
}

customElements.define("reply-hold", ReplyHold)
