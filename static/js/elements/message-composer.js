// Where one writes. Enter sends, Shift Enter breaks the line; what is half written is kept in this browser.
const TYPING_MS = 3_000

class MessageComposer extends HTMLElement {
    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal } // panes are swapped: what is heard of the document ends with this one
        this.form = this.querySelector("form")
        this.text = this.form.elements.namedItem("text")
        this.replyTo = this.form.elements.namedItem("reply_to")
        this.context = this.querySelector(".composer__context")
        this.draftKey = `draft/${document.body.dataset.user}/${this.form.getAttribute("action")}`
        this.form.addEventListener("submit", event => { event.preventDefault(); this.send() })
        this.text.addEventListener("keydown", event => this.press(event))
        this.text.addEventListener("input", () => this.typed())
        this.context.addEventListener("click", event => { if (event.target.closest("[data-do=forget]")) { event.preventDefault(); this.answer(null) } })
        document.addEventListener("composer:fill", event => this.fill(event.detail), life)
        document.addEventListener("composer:answer", event => this.answer(event.detail), life)
        this.text.required = false // nothing to send is no mistake to be told about
        this.restore()
    }

    disconnectedCallback() { this.stop.abort() }

    send() {
        const text = this.text.value
        if (!text.trim()) return
        document.dispatchEvent(new CustomEvent("outbox:say", { detail: { text, replyTo: Number(this.replyTo.value) } }))
        this.answer(null)
        this.fill("")
    }

    press(event) {
        if (event.isComposing) return
        if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse)").matches) {
            event.preventDefault()
            this.form.requestSubmit()
        } else if (event.key === "ArrowUp" && !this.text.value) {
            event.preventDefault()
            document.dispatchEvent(new CustomEvent("list:edit-last"))
        } else if (event.key === "Escape") this.answer(null)
    }

    typed() {
        this.grow()
        this.keepDraft()
        if (!this.text.value.trim() || Date.now() - (this.saidAt ?? 0) < TYPING_MS) return
        this.saidAt = Date.now()
        document.dispatchEvent(new CustomEvent("live:send", { detail: { command: { type: "typing" } } }))
    }

    fill(text) {
        this.text.value = text
        this.grow()
        this.keepDraft()
        this.text.focus()
    }

    answer(quoted) {
        this.replyTo.value = quoted?.id ?? ""
        this.context.hidden = !quoted
        this.context.querySelector("bdi").textContent = quoted?.name ?? ""
        this.context.querySelector("span.truncate").textContent = quoted?.words ?? ""
        if (quoted) this.text.focus()
    }

    // Browsers without field-sizing.
    grow() {
        if (CSS.supports("field-sizing", "content")) return
        this.text.style.blockSize = "auto"
        this.text.style.blockSize = `${this.text.scrollHeight}px`
    }

    keepDraft() {
        try {
            if (this.text.value) localStorage.setItem(this.draftKey, this.text.value)
            else localStorage.removeItem(this.draftKey)
        } catch { /* no storage, no draft */ }
    }

    restore() {
        try { if (!this.text.value) this.text.value = localStorage.getItem(this.draftKey) ?? "" } catch { /* no draft */ }
        this.grow()
        if (!matchMedia("(pointer: coarse)").matches && !location.hash) this.text.focus({ preventScroll: true })
    }
}

customElements.define("message-composer", MessageComposer)
