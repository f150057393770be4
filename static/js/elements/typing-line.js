// Who is writing; and, for a moment, what was refused. Its line is always there, only the words come and go.
const WRITING_MS = 5000
const REFUSAL_MS = 8000

class TypingLine extends HTMLElement {
    writers = new Map()

    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal } // panes are swapped: what is heard of the document ends with this one
        document.addEventListener("live:json", event => this.hear(event.detail), life)
        document.addEventListener("live:html", event => this.arrived(event.detail), life)
        document.addEventListener("live:refused", event => this.refuse(event.detail), life)
        document.addEventListener("htmx:responseError", event => this.refuse(event.detail.xhr.responseText), life)
        document.addEventListener("htmx:sendError", () => this.refuse("There is no connection. Try again."), life)
    }

    disconnectedCallback() { this.stop.abort() }

    hear(frame) {
        if (frame.type === "typing") this.write(frame.user)
        else if (frame.type === "error" && !frame.client_id) this.refuse(frame.detail)
    }

    write(user) {
        if (String(user.id) === document.body.dataset.user) return
        clearTimeout(this.writers.get(user.id)?.timer)
        this.writers.set(user.id, { name: user.name, timer: setTimeout(() => this.done(user.id), WRITING_MS) })
        this.show()
    }

    // Whose message has come is not writing any more.
    arrived(frame) {
        if (frame.getAttribute("type") === "message.created") this.done(Number(frame.querySelector("[data-author]")?.dataset.author))
    }

    done(id) {
        clearTimeout(this.writers.get(id)?.timer)
        if (this.writers.delete(id)) this.show()
    }

    refuse(words) {
        this.refusal = words.length > 200 ? "That was not done." : words
        clearTimeout(this.timer)
        this.timer = setTimeout(() => { this.refusal = ""; this.show() }, REFUSAL_MS)
        this.show()
    }

    show() {
        this.setAttribute("role", this.refusal ? "alert" : "presentation")
        if (this.refusal) this.textContent = this.refusal
        else this.replaceChildren(...sentence([...this.writers.values()].map(writer => writer.name)))
    }
}

function sentence(names) {
    if (!names.length) return []
    if (names.length > 3) return ["Several people are writing"]
    const parts = names.flatMap((name, index) => [index ? (index === names.length - 1 ? " and " : ", ") : "", strong(name)])
    return [...parts, names.length === 1 ? " is writing" : " are writing"]
}

function strong(name) {
    const bold = document.createElement("b")
    bold.textContent = name
    return bold
}

customElements.define("typing-line", TypingLine)
