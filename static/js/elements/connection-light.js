// How the page is connected: a light, always with words. What is read out is apart, and said only once it has lasted.
const LASTS_MS = 1_000
const BY = { stream: gettext("Connected by event stream"), asking: gettext("Connected, asking every 3 s") }

class ConnectionLight extends HTMLElement {
    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal } // panes are swapped: what is heard of the document ends with this one
        this.words = span("connection__words")
        this.words.ariaHidden = "true"
        this.status = span("visually-hidden")
        this.status.setAttribute("role", "status")
        this.removeAttribute("role")
        this.replaceChildren(this.words, this.status)
        document.addEventListener("live:state", event => this.show(event.detail), life)
        this.show({ state: "connecting" })
    }

    disconnectedCallback() {
        this.stop.abort()
        clearInterval(this.timer)
        clearTimeout(this.announcing)
    }

    show({ state, by, retryAt, signIn }) {
        clearInterval(this.timer)
        if (this.control?.matches(":focus-visible")) document.getElementById("text")?.focus() // else the focus would go with it
        this.control?.remove()
        this.control = null
        this.className = `connection connection--${{ connecting: "reconnecting", held: "reconnecting" }[state] ?? state}`
        if (state === "live") this.say(BY[by] ?? gettext("Connected"))
        else if (state === "connecting") this.say(gettext("Connecting"))
        else if (state === "signed-out") this.say(gettext("Signed out"), link(gettext("Sign in"), signIn))
        else if (state === "offline") this.say(gettext("Offline. What you write is kept."))
        else this.count(retryAt, state === "held" ? null : button(gettext("Try now"), () => tell("live:try")))
    }

    say(words, control) {
        this.words.textContent = words
        this.offer(control)
        this.announce(words)
    }

    // A countdown is for the eye; read out each second it would be a plague.
    count(retryAt, control) {
        const tick = () => {
            const seconds = Math.ceil((retryAt - performance.now()) / 1000)
            this.words.textContent = seconds > 0 ? gettext("Reconnecting, next try in %s s").replace("%s", seconds) : gettext("Reconnecting")
        }
        tick()
        this.timer = setInterval(tick, 1_000)
        this.offer(control)
        this.announce(gettext("Reconnecting. What you write is kept."))
    }

    offer(control) {
        this.control = control
        if (control) this.append(control)
    }

    // A page that opens well has nothing to announce.
    // A line that is tried again and again within a second is away all that time: that is said once, and not put off.
    announce(words) {
        if (words === gettext("Connecting") || words === this.pending) return
        clearTimeout(this.announcing)
        this.pending = ""
        if (words === this.status.textContent || (this.className.endsWith("--live") && !this.status.textContent)) return
        this.pending = words
        this.announcing = setTimeout(() => {
            this.status.textContent = words
            this.pending = ""
        }, LASTS_MS)
    }
}

function span(className) { return Object.assign(document.createElement("span"), { className }) }

function link(textContent, href) { return Object.assign(document.createElement("a"), { className: "button button--plain", textContent, href }) }

function button(textContent, onclick) { return Object.assign(document.createElement("button"), { className: "button button--plain", type: "button", textContent, onclick }) }

customElements.define("connection-light", ConnectionLight)
