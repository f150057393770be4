// How the page is connected: a light, always with words.
class ConnectionLight extends HTMLElement {
    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal } // panes are swapped: what is heard of the document ends with this one
        document.addEventListener("live:state", event => this.show(event.detail), life)
        this.show({ state: "connecting" })
    }

    disconnectedCallback() {
        this.stop.abort()
        clearInterval(this.timer)
    }

    show({ state, retryAt, signIn }) {
        clearInterval(this.timer)
        this.className = `connection connection--${state === "connecting" ? "reconnecting" : state}`
        if (state === "live") this.say("Connected")
        else if (state === "connecting") this.say("Connecting")
        else if (state === "signed-out") this.say("Signed out ", link("Sign in", signIn))
        else if (state === "offline") this.say("Offline. What you write is kept.")
        else this.count(retryAt)
    }

    count(retryAt) {
        const seconds = document.createElement("span")
        seconds.ariaHidden = "true" // a countdown is for the eye; read out each second it would be a plague
        const again = button("Try now", () => document.dispatchEvent(new CustomEvent("live:try")))
        const tick = () => { seconds.textContent = `Reconnecting, next try in ${Math.max(0, Math.ceil((retryAt - Date.now()) / 1000))} s` }
        tick()
        this.say(hidden("Reconnecting"), seconds, again)
        this.timer = setInterval(tick, 1000)
    }

    say(...parts) { this.replaceChildren(...parts) }
}

function hidden(words) {
    const span = document.createElement("span")
    span.className = "visually-hidden"
    span.textContent = words
    return span
}

function link(words, href) {
    const anchor = document.createElement("a")
    anchor.className = "button button--plain"
    anchor.href = href
    anchor.textContent = words
    return anchor
}

function button(words, press) {
    const element = document.createElement("button")
    element.type = "button"
    element.className = "button button--plain"
    element.textContent = words
    element.addEventListener("click", press)
    return element
}

customElements.define("connection-light", ConnectionLight)
