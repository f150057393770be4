// Who is writing; for a moment, what was done or refused, and why an assistant that was named keeps silent; and what
// becomes of a message while an assistant still answers.
const WRITING_MS = 5_000
const WORDS_MS = 8_000
const ANSWER_MS = 1_000 // an assistant that is asked takes its place in the conversation at once

class TypingLine extends HTMLElement {
    writers = new Map()

    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal } // panes are swapped: what is heard of the document ends with this one
        document.addEventListener("live:json", event => this.hear(event.detail), life)
        document.addEventListener("live:html", event => this.arrived(event.detail), life)
        document.addEventListener("live:reset", () => this.showSoon(), life)
        document.addEventListener("list:arrived", event => setTimeout(() => this.explain(event.detail.article), ANSWER_MS), life)
        document.addEventListener("live:notice", event => this.say(event.detail, "status"), life)
        document.addEventListener("live:refused", event => this.refuse(event.detail), life)
        document.addEventListener("htmx:responseError", event => this.fail(event), life)
        document.addEventListener("htmx:sendError", event => this.fail(event), life)
        this.show()
    }

    disconnectedCallback() {
        this.stop.abort()
        clearTimeout(this.timer)
    }

    hear(frame) {
        if (frame.type === "typing") this.write(frame.user)
        else if (frame.type === "error" && !frame.client_id) this.refuse(frame.detail)
    }

    write(user) {
        if (String(user.id) === document.body.dataset.user) return
        clearTimeout(this.writers.get(user.id)?.timer)
        this.writers.set(user.id, { name: shownName(user), timer: setTimeout(() => this.done(user.id), WRITING_MS) })
        this.show()
    }

    // Whose message has come is not writing any more.
    arrived(frame) {
        if (!frame.getAttribute("type").startsWith("message.")) return
        if (frame.getAttribute("type") === "message.created") this.done(Number(frame.querySelector("[data-author]")?.dataset.author))
        this.showSoon()
    }

    // Once the list has taken what came.
    showSoon() { queueMicrotask(() => { if (this.isConnected) this.show() }) }

    done(id) {
        clearTimeout(this.writers.get(id)?.timer)
        if (this.writers.delete(id)) this.show()
    }

    // Who waits for a reply asks by itself, and again.
    fail({ target, detail: { xhr } }) {
        if (target.matches(".reply__wait")) return
        this.refuse(xhr.status ? xhr.getResponseHeader("X-Error-Code") && xhr.responseText : gettext("There is no connection. Try again."))
    }

    // Without words of ours it is a proxy's page, or nothing.
    refuse(words) { this.say(!words || words.length > 200 ? gettext("That was not done.") : words, "alert") }

    async explain({ id, dataset }) {
        const named = dataset.author === document.body.dataset.user && document.querySelector(`#${id} .mention--assistant`)
        if (!named || document.querySelector(`#${id} ~ .reply`)) return
        const answer = await fetch(`${this.dataset.silence}?name=${named.pathname.split("/")[2]}`).catch(() => null)
        if (answer?.status === 200) this.say(await answer.text(), "status")
    }

    say(words, role) {
        this.words = words
        this.setAttribute("role", role)
        clearTimeout(this.timer)
        this.timer = setTimeout(() => { this.words = ""; this.show() }, WORDS_MS)
        this.show()
    }

    show() {
        if (this.words) return void (this.textContent = this.words)
        this.setAttribute("role", "presentation")
        const names = [...this.writers.values()].map(writer => writer.name)
        this.replaceChildren(...(names.length ? sentence(names) : this.outlook()))
    }

    // Each message is answered by itself: what is being written now is neither waited for nor broken off.
    outlook() {
        const author = this.dataset.answering && document.querySelector(`message-list .reply[aria-busy][data-author="${this.dataset.answering}"] .message__author`)
        return author ? [strong(author.textContent), ` ${gettext("still writes; what you send now gets its own answer")}`] : []
    }
}

// As the conversation calls them, if they have said something that is on the page.
function shownName({ id, name }) {
    return document.querySelector(`message-list [data-author="${Number(id)}"] .message__author`)?.textContent ?? name
}

function sentence(names) {
    if (names.length > 3) return [gettext("Several people are writing")]
    const parts = names.flatMap((name, index) => [index ? (index === names.length - 1 ? gettext(" and ") : ", ") : "", strong(name)])
    return [...parts, ` ${names.length === 1 ? gettext("is writing") : gettext("are writing")}`]
}

function strong(textContent) { return Object.assign(document.createElement("b"), { textContent }) }

customElements.define("typing-line", TypingLine)
