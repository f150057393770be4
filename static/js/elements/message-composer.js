// Where one writes. Enter sends, Shift Enter breaks the line; what is half written is kept in this browser.
const TYPING_MS = 3_000
const MOST_NAME = 24 // characters
const ASKED_MS = 20_000 // a line that died in silence says nothing for minutes
// One line that begins with /word; what it means is for the server to say.
const COMMAND = /^\/(?:[a-z]+(?:[ \t].*)?|ask[ \t][^]+)$/i

class MessageComposer extends HTMLElement {
    hasDraft = false // as the cookie says
    taken = null // what was taken back as it is here, and under which client id: it may have been said all the same

    connectedCallback() {
        this.stop = new AbortController()
        // Panes are swapped: what is heard of the document ends with this one.
        const life = { signal: this.stop.signal }
        this.form = this.querySelector("form.composer")
        this.text = this.form.elements.namedItem("text")
        this.replyTo = this.form.elements.namedItem("reply_to")
        this.problem = this.querySelector(".composer__problem")
        this.draftKey = `draft/${document.body.dataset.user}/${this.form.getAttribute("action")}`
        this.filesKey = `${this.draftKey}files`
        this.files = this.querySelector("chosen-files") // it knows more once there are some
        if (this.files) hearOfFiles(this.form, this.files, life, files => { this.attaching = this.take(files) })
        this.form.addEventListener("submit", event => { event.preventDefault(); this.send() })
        this.text.addEventListener("keydown", event => this.press(event))
        this.text.addEventListener("input", () => this.typed())
        this.addEventListener("click", event => this.click(event, event.target.closest("[data-do]")))
        document.addEventListener("composer:fill", event => { event.detail.isTaken = true; this.takeBack(event.detail) }, life)
        document.addEventListener("live:html", event => this.hear(event.detail.getAttribute("client-id")), life)
        document.addEventListener("live:html", event => this.requote(event.detail), life)
        document.addEventListener("live:renamed", event => this.rename(event.detail), life)
        document.addEventListener("composer:answer", event => { this.answer(event.detail); this.text.focus() }, life)
        addEventListener("storage", event => this.share(event), life)
        this.text.required = false // nothing to send is no mistake to be told about
        this.text.autocomplete = "off"
        this.restore()
    }

    disconnectedCallback() { this.stop.abort() }

    send() {
        const text = this.text.value
        // What was chosen goes with these words, but not from a room that was left meanwhile.
        if (this.attaching) return this.attaching.then(isIn => isIn && this.isConnected && this.send())
        if (this.isDrawn) return fileCode().then(() => this.isConnected && this.send(), () => this.refuse(gettext("There is no connection. Try again.")))
        const hasFiles = this.chosen.length > 0
        if (!text.trim() && !hasFiles) return
        if (isCommand(text)) return hasFiles ? this.refuse(gettext("A command takes no files.")) : this.ask(text)
        tell("outbox:say", { text, quoted: this.quoted, clientId: this.isAsTaken ? this.taken.id : undefined, files: hasFiles ? this.files.give() : [] })
        this.taken = null
        this.answer(null)
        this.fill("")
    }

    // A command is done now or not at all: it does not wait in the outbox for a moment when it may mean something else.
    // Where its answer is lost it is asked again under the same client id: what it says is said once.
    async ask(text) {
        if (this.asked) return
        if (!this.isAsTaken) this.taken = { id: freshId(), as: contentOf(text) }
        this.keepDraft()
        const id = this.asked = this.taken.id
        const body = new URLSearchParams({ text, client_id: id })
        try {
            const answer = await fetch(this.form.action, { method: "POST", headers: requestHeaders(), body, signal: AbortSignal.timeout(ASKED_MS) })
            const words = await answer.text()
            if (this.asked === id) this.answered(answer, words, id)
        } catch { if (this.asked === id) this.refuse(gettext("There is no connection. Try again.")) }
        if (this.asked === id) this.asked = null
    }

    answered(answer, words, id) {
        if (answer.status === 401) return this.refuse(gettext("You are signed out."))
        if (!answer.headers.has("X-Client-Id")) return this.refuse(answer.headers.has("X-Error-Code") ? words : gettext("That was not done."))
        this.hear(id)
        const address = answer.headers.get("HX-Redirect")
        if (address?.startsWith(this.querySelector("[data-do=help]").getAttribute("href"))) this.help(address)
        else if (address) location.assign(address)
        else tell("live:notice", words)
    }

    refuse(words) {
        this.problem.textContent = words
        this.text.toggleAttribute("aria-invalid", Boolean(words))
    }

    press(event) {
        if (isTaking(event)) return
        if (isSending(event)) {
            event.preventDefault()
            this.form.requestSubmit()
        } else if (event.key === "ArrowUp" && !this.text.value) {
            event.preventDefault()
            tell("list:edit-last")
        } else if (event.key === "Escape") this.answer(null)
    }

    // True once all of them are in.
    async take(files) {
        try { await fileCode() } catch { return this.refuse(gettext("There is no connection. Try again.")) } finally { this.attaching = null }
        if (!this.isConnected) return false
        this.files.choose(files)
        return !this.problem.textContent
    }

    click(event, control) {
        if (!control || event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        if (control.dataset.do === "help") return this.help(control.href)
        this.answer(null)
        this.text.focus()
    }

    // The same page as the link leads to, without leaving what is being written.
    async help(address) {
        const dialog = this.querySelector("dialog")
        try {
            const place = dialog.querySelector(".dialog__body")
            if (!place.firstElementChild) place.innerHTML = await fragment(address)
            if (!this.isConnected) return // the room was left meanwhile
            dialog.showModal()
            dialog.scrollTop = 0
            document.getElementById(address.split("#")[1])?.scrollIntoView()
        } catch (error) {
            if (!this.isConnected) return
            if (error instanceof TypeError) tell("live:refused", gettext("There is no connection. Try again."))
            else location.assign(address)
        }
    }

    typed() {
        this.refuse("")
        this.grow()
        this.keepDraft()
        if (!this.text.value.trim() || this.text.value.startsWith("/") || Date.now() - (this.saidAt ?? 0) < TYPING_MS) return
        this.saidAt = Date.now()
        tell("live:send", { command: { type: "typing" } })
    }

    // The end of the text is where one goes on; other elements hear of it as of any typing.
    fill(text) {
        this.text.value = text
        this.text.dispatchEvent(new Event("input", { bubbles: true }))
        this.text.focus()
    }

    // What was not sent comes back before what has been begun since.
    async takeBack({ client_id, text, quoted, files = [] }) {
        this.answer(quoted ?? this.quoted)
        this.fill([text, this.text.value].filter(Boolean).join("\n\n"))
        if (files.length) {
            await fileCode()
            this.files.show(files)
        }
        this.taken = { id: client_id, as: contentOf(text, quoted, files) }
        this.keepDraft()
    }

    get chosen() { return this.files?.chosen ?? [] }
    // Its files are shown, but what knows of them is not there yet.
    get isDrawn() { return Boolean(this.files && !this.files.chosen && this.querySelector(".files__one")) }
    get isAsTaken() { return this.taken?.as === contentOf(this.text.value, this.quoted, this.chosen) }

    // It was taken back too late, or asked. Where nothing of it was changed, it is not there to be said again.
    hear(clientId) {
        if (!clientId || clientId !== this.taken?.id) return
        const { isAsTaken } = this
        this.taken = null
        if (clientId === this.asked) this.asked = null // whatever becomes of its answer
        if (!isAsTaken) return this.keepDraft()
        if (isCommand(this.text.value)) return this.fill("") // nothing else went with it
        const files = this.chosen.length ? this.files.give() : []
        this.answer(null)
        this.fill("")
        if (files.length) fileStore.drop(files) // nothing names them any more
    }

    // As _composer.html says it.
    rename(room) {
        const { writeTo } = this.dataset
        const letters = [...room]
        const name = letters.length > MOST_NAME ? `${letters.slice(0, MOST_NAME - 1).join("")}…` : room
        if (writeTo) this.text.placeholder = writeTo.replace("%s", () => name)
    }

    answer(quoted) {
        showQuoted(this.form, this.quoted = quoted ?? null)
        this.keepDraft()
    }

    // What is answered is shown as it is now; what was deleted is not shown again.
    requote(frame) {
        const { quoted } = this
        const words = frame.getAttribute("excerpt")
        if (quoted && frame.querySelector(`#message-${quoted.id}.message--gone`)) this.answer(null)
        else if (quoted && words && frame.getAttribute("message") === String(quoted.id)) this.answer({ ...quoted, words })
    }

    grow() {
        if (CSS.supports("field-sizing", "content")) return // by itself
        this.text.style.blockSize = "auto"
        this.text.style.blockSize = `${this.text.scrollHeight}px`
    }

    keepDraft() {
        if (!this.text.value && !this.chosen.length && !this.isDrawn) this.taken = null
        const { quoted, taken, text: { value: text }, draftKey, kept } = this
        this.kept = text || quoted || taken ? JSON.stringify({ text, quoted, taken }) : null
        try {
            if (this.kept) localStorage.setItem(draftKey, this.kept)
            else if (kept === undefined || localStorage.getItem(draftKey) === kept) localStorage.removeItem(draftKey) // not of another tab
            this.announce(Boolean(localStorage.getItem(draftKey) || localStorage.getItem(this.filesKey)))
        } catch { /* no storage, no draft */ }
    }

    // The draft was sent from another tab of this room: the same words are none here, others still are.
    share({ key, oldValue, newValue }) {
        if (key !== this.draftKey || newValue) return
        if (JSON.parse(oldValue)?.text === this.text.value) this.text.value = ""
        this.answer(this.text.value ? this.quoted : null)
        this.grow()
    }

    // By a cookie of this room: its page then waits for what shows the draft.
    announce(isThere) {
        if (this.hasDraft === isThere) return
        this.hasDraft = isThere
        document.cookie = `draft=${isThere ? 1 : ""}; path=${new URL("..", this.form.action).pathname}; max-age=${isThere ? 31536000 : 0}; samesite=lax`
    }

    restore() {
        this.taken = showDraft(this.form)?.taken ?? null
        this.answer(this.replyTo.value ? this.brought() : null)
        if (this.form.querySelector(".files__one")) fileCode().catch(() => {})
        this.grow()
        // On a slow line one may have gone elsewhere before this came. But who goes to a room goes to its composer.
        if (matchMedia("(pointer: coarse)").matches || location.hash || document.querySelector("body:not([data-going]) :focus")) return
        this.text.focus({ preventScroll: true })
    }

    brought() {
        const words = selector => this.querySelector(`.composer__context ${selector}`).textContent
        return { id: Number(this.replyTo.value), name: words("bdi"), words: words("span.truncate") }
    }
}

function isCommand(text) { return COMMAND.test(text.trimEnd()) }
// A command takes neither a quote nor files along.
function contentOf(text, quoted, files) { return isCommand(text) ? text : JSON.stringify([text, quoted?.id, files.map(({ id }) => id)]) }

customElements.define("message-composer", MessageComposer)
