// Offers names while "@he" or "/ask he" is typed, and commands while "/to" is. The focus stays in the text; arrows choose, Tab or Enter takes.
const NAME = /(?<![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}@/.+-])(@[\p{L}\p{M}\p{N}_.-]{0,32})$/u // not in a word, or an address
const COMMAND = /^(\/[a-z]*|\/ask[ \t]+@?[\p{L}\p{M}\p{N}_.-]{0,32})$/iu

class MentionCompletion extends HTMLElement {
    connectedCallback() {
        const form = this.closest("form")
        this.stop = new AbortController()
        document.addEventListener("selectionchange", () => { if (!this.list.hidden && this.typed !== this.sought) this.look() }, { signal: this.stop.signal })
        this.text = form.elements.namedItem("text")
        this.list = this.querySelector("[role=listbox]")
        this.count = this.querySelector("[role=status]")
        this.text.setAttribute("aria-autocomplete", "list")
        this.text.setAttribute("aria-haspopup", "listbox")
        this.text.setAttribute("aria-controls", this.list.id)
        this.text.addEventListener("input", () => this.look())
        this.text.addEventListener("blur", () => this.close())
        form.addEventListener("keydown", event => this.press(event), { capture: true }) // before the composer hears of it
        this.list.addEventListener("pointerdown", event => event.preventDefault()) // the focus stays where it is
        this.list.addEventListener("click", event => this.take(event.target.closest("[role=option]")))
        this.look() // this code has come for what is typed already
    }

    disconnectedCallback() { this.stop.abort() }

    get options() { return [...this.list.children] }
    get chosen() { return this.list.querySelector("[aria-selected=true]") }

    get typed() {
        const before = this.text.value.slice(0, this.text.selectionStart)
        return (COMMAND.exec(before) ?? NAME.exec(before))?.[1] ?? ""
    }

    async look() {
        const { typed } = this
        this.sought = typed
        if (!typed) this.dismissed = false
        if (!typed || this.dismissed) return this.close()
        this.asking?.abort()
        this.asking = new AbortController()
        try {
            const answer = await fetch(`${this.dataset.url}?q=${encodeURIComponent(typed)}`, { headers: requestHeaders(), signal: this.asking.signal })
            const html = answer.ok ? await answer.text() : ""
            if (typed === this.typed) this.show(html, typed)
        } catch (error) { if (error.name !== "AbortError") this.close() } // no connection: nothing is offered
    }

    show(html, typed) {
        this.offered = typed
        this.list.innerHTML = html
        const { options } = this
        if (!options.length || document.activeElement !== this.text) return this.close()
        this.list.hidden = false
        this.count.textContent = gettext("Suggestions: %s").replace("%s", options.length)
        this.choose(options[0])
    }

    close() {
        this.asking?.abort()
        this.list.hidden = true
        this.list.replaceChildren()
        this.count.textContent = ""
        this.text.removeAttribute("aria-activedescendant")
    }

    choose(option) {
        this.chosen?.setAttribute("aria-selected", "false")
        option.setAttribute("aria-selected", "true")
        option.scrollIntoView({ block: "nearest" })
        this.text.setAttribute("aria-activedescendant", option.id)
    }

    press(event) {
        if (this.list.hidden || event.target !== this.text || isTaking(event) || event.shiftKey) return
        const { options } = this
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
        if (step) this.choose(options.at((options.indexOf(this.chosen) + step) % options.length))
        else if (event.key === "Escape") this.dismiss()
        else if (event.key === "Tab") this.take(this.isCurrent && this.chosen)
        else if (event.key !== "Enter" || this.isWhole || !this.isCurrent) return
        else this.take(this.chosen)
        event.preventDefault()
        event.stopPropagation()
    }

    // While the answer for what is typed now is on its way, nothing is taken of what was offered for less.
    get isCurrent() { return this.offered === this.typed }

    // Who has typed it to the end wants to send it.
    get isWhole() { return this.chosen.dataset.insert.trim() === this.typed }

    dismiss() {
        this.dismissed = true // until another word is begun
        this.close()
    }

    // As if it were typed: of what a script puts in a browser's own undoing knows nothing, and spoils the rest.
    take(option) {
        if (!option) return
        const end = this.text.selectionStart
        this.text.setSelectionRange(end - this.typed.length, end)
        this.close() // first: what is typed now may be completed in its turn
        document.execCommand("insertText", false, option.dataset.insert)
    }
}

customElements.define("mention-completion", MentionCompletion)
