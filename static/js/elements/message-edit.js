// A message's text where it stands: Enter saves, Escape leaves it as it was. Until then what is typed is kept in this tab:
// the part of the room in which it stands may leave the page.
class MessageEdit extends HTMLElement {
    connectedCallback() {
        if (this.text) return // put back where it was
        this.text = this.querySelector("textarea")
        this.key = `edit/${document.body.dataset.user}/${this.id}`
        this.restore()
        this.text.focus({ preventScroll: true })
        this.text.setSelectionRange(this.text.value.length, this.text.value.length)
        this.scrollIntoView({ block: "nearest" }) // its buttons, too
        this.addEventListener("keydown", event => this.press(event))
        this.addEventListener("input", () => this.keep())
        // Saved, or left.
        this.addEventListener("htmx:beforeOnLoad", event => { if (event.detail.xhr.status === 200) this.forget() })
    }

    restore() {
        try { this.text.value = sessionStorage.getItem(this.key) ?? this.text.value } catch { /* nothing is kept */ }
    }

    keep() {
        try { sessionStorage.setItem(this.key, this.text.value) } catch { /* it is on the page */ }
    }

    forget() {
        try { sessionStorage.removeItem(this.key) } catch { /* nothing was kept */ }
    }

    press(event) {
        if (isTaking(event) || !event.target.matches("textarea")) return
        if (isSending(event)) {
            event.preventDefault()
            this.querySelector("form").requestSubmit()
        } else if (event.key === "Escape") this.querySelector("[data-do=cancel]").click()
    }
}

customElements.define("message-edit", MessageEdit)
