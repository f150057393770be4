// Only when something is to be done, or waited for: above the composer, with what it is.
class ConnectionBanner extends HTMLElement {
    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal } // panes are swapped: what is heard of the document ends with this one
        this.setAttribute("role", "status")
        document.addEventListener("live:state", event => this.change(event.detail), life)
        document.addEventListener("live:held", event => this.hold(event.detail.until, gettext("The server takes no more for the moment. What you wrote goes")), life)
    }

    disconnectedCallback() {
        this.stop.abort()
        clearInterval(this.timer)
    }

    change({ state, retryAt, signIn }) {
        if (state === "signed-out") this.signIn(signIn)
        else if (state === "held") this.hold(retryAt, gettext("That was too much at once. What you write is kept; this goes on"))
        else if (!this.until || state !== "live") this.leave()
    }

    signIn(address) {
        const anchor = Object.assign(document.createElement("a"), { className: "button button--primary", href: address, textContent: gettext("Sign in") })
        this.say(gettext("You are signed out. What you have written is kept here.")).after(anchor)
    }

    // Read out once; the seconds are for the eye.
    hold(until, words) {
        this.until = until
        const count = document.createElement("span")
        count.ariaHidden = "true"
        this.say(words).append(" ", count)
        const tick = () => {
            const seconds = Math.ceil((until - performance.now()) / 1000)
            count.textContent = gettext("in %s s.").replace("%s", seconds)
            if (seconds <= 0) this.leave()
        }
        tick()
        this.timer = setInterval(tick, 500)
    }

    say(words) {
        clearInterval(this.timer)
        const paragraph = document.createElement("p")
        paragraph.textContent = words
        this.hidden = false
        this.replaceChildren(paragraph)
        return paragraph
    }

    leave() {
        clearInterval(this.timer)
        this.until = 0
        this.hidden = true
        this.replaceChildren()
    }
}

customElements.define("connection-banner", ConnectionBanner)
