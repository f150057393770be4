// Reply, delete, react, stop, retry: by requests, which say when they did not arrive. Without scripts they are links and forms.
// A pointer shows a message's tools by being there; a finger by a tap, or by staying for a moment.
const ANSWER_MS = 20_000 // a line that has died may not say so for minutes
const PRESS_MS = 450
const COPIED_MS = 2500

class MessageActions extends HTMLElement {
    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal } // panes are swapped: what is heard of the document ends with this one
        this.question = document.getElementById("delete-question")
        document.addEventListener("click", event => this.guard(event), { capture: true, ...life })
        document.addEventListener("click", event => this.click(event, event.target.closest("[data-action]")), life)
        document.addEventListener("pointerdown", event => this.touch(event), life)
        document.addEventListener("contextmenu", event => this.stay(event), life) // a press that the browser noticed first
        for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => clearTimeout(this.press), life)
        document.getElementById("message-actions").addEventListener("submit", event => this.submit(event))
        this.question.addEventListener("close", () => this.decided())
    }

    disconnectedCallback() { this.stop.abort() }

    // Nothing is taken from the finger: it may still select words, or scroll (which cancels).
    touch(event) {
        this.touched = event.target
        clearTimeout(this.press)
        this.press = setTimeout(() => this.stay(event), PRESS_MS)
    }

    stay({ pointerType, target }) {
        const article = pointerType === "touch" && target.closest("message-list > .message")
        if (article && !article.contains(document.activeElement)) article.focus({ preventScroll: true })
    }

    // The tap that shows tools is meant for none of them, though they come beneath the finger, but for what was there.
    guard(event) {
        const tools = event.target.closest(".message__actions")
        if (event.pointerType !== "touch" || !tools || tools.contains(this.touched)) return
        event.preventDefault()
        event.stopPropagation()
        this.touched?.closest("a, button, summary")?.click()
    }

    click(event, control) {
        const article = control?.closest(".message")
        if (!article || event.ctrlKey || event.metaKey || event.shiftKey) return
        if (control.dataset.action === "reply" && document.querySelector("message-composer")) this.answer(article)
        else if (control.dataset.action === "delete") this.ask(control)
        else if (["link", "copy"].includes(control.dataset.action) && navigator.clipboard) this.copy(control)
        else return
        event.preventDefault()
    }

    submit(event) {
        event.preventDefault()
        this.request(event.submitter.formAction, event.submitter.value)
    }

    answer(article) {
        const name = article.querySelector(".message__author").textContent
        const prose = article.querySelector(".prose")
        const words = prose ? wordsOf(prose).join(" ").slice(0, 200) : gettext("A file")
        tell("composer:answer", { id: idOf(article), name, words })
    }

    // Where there is no clipboard (an address without https) the link is followed: there it can be copied by hand.
    async copy(link) {
        const isLink = link.dataset.action === "link"
        const words = isLink ? link.href : fragment(link.href)
        try { await write(words) } catch { return this.lead(words, link.href) }
        link.classList.add("icon--check") // which stands behind the others in icon.css
        this.textContent = isLink ? gettext("The link is copied.") : gettext("The text is copied.")
        setTimeout(() => {
            link.classList.remove("icon--check")
            this.textContent = ""
        }, COPIED_MS)
    }

    async lead(words, address) {
        try { await words } catch { return this.refuse(gettext("There is no connection. Try again.")) }
        location.assign(address)
    }

    // While the question is open the message may be drawn anew, link and all.
    ask(link) {
        this.asked = [link.closest(".message"), link.href]
        this.question.returnValue = "keep"
        this.question.showModal()
    }

    decided() {
        const [article, link] = this.asked
        if (!article.contains(document.activeElement)) article.focus({ preventScroll: true })
        if (this.question.returnValue === "delete") this.request(link)
    }

    async request(url, emoji = "") {
        try {
            const answer = await fetch(url, { method: "POST", headers: requestHeaders(), body: new URLSearchParams({ emoji }), signal: AbortSignal.timeout(ANSWER_MS) })
            const words = await answer.text()
            if (!answer.ok) this.refuse(answer.headers.has("X-Error-Code") && words)
            else if (words && this.isConnected) this.show(words) // another room would take it for one of its own
        } catch {
            this.refuse(gettext("There is no connection. Try again."))
        }
    }

    show(html) {
        const frame = document.createElement("chat-frame")
        frame.setAttribute("type", "message.updated")
        frame.innerHTML = html
        if (frame.querySelector(".message[id]")) tell("live:html", frame)
        else this.refuse() // a proxy's page, say
    }

    refuse(words) { tell("live:refused", words) }
}

// At once, while it is being pressed: Safari takes what comes later only if it was promised.
async function write(words) {
    if (!globalThis.ClipboardItem) return navigator.clipboard.writeText(await words)
    const text = Promise.resolve(words).then(said => new Blob([said], { type: "text/plain" }))
    text.catch(() => {}) // where nobody waits for it
    return navigator.clipboard.write([new ClipboardItem({ "text/plain": text })])
}

function idOf(article) { return Number(article.id.replace("message-", "")) }

customElements.define("message-actions", MessageActions)
