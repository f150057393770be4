// A message's text where it stands: Enter saves, Escape leaves it as it was.
class MessageEdit extends HTMLElement {
    connectedCallback() {
        const text = this.querySelector("textarea")
        text.focus({ preventScroll: true })
        text.setSelectionRange(text.value.length, text.value.length)
        this.scrollIntoView({ block: "nearest" }) // its buttons, too
        this.addEventListener("keydown", event => this.press(event))
    }

    press(event) {
        if (event.isComposing || !event.target.matches("textarea")) return
        if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse)").matches) {
            event.preventDefault()
            this.querySelector("form").requestSubmit()
        } else if (event.key === "Escape") this.querySelector("[data-do=cancel]").click()
    }
}

customElements.define("message-edit", MessageEdit)
