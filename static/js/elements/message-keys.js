// The conversation is one stop of the Tab key. Arrows walk its messages; Tab then enters the tools of the one in focus.
const CONTROLS = "a, button, summary, pre, .prose__scroll"

class MessageKeys extends HTMLElement {
    connectedCallback() {
        this.list = document.querySelector("message-list")
        this.log = this.list.closest(".log")
        this.log.addEventListener("keydown", event => this.press(event))
        this.log.addEventListener("focusin", event => this.enter(event.target.closest(".message")))
        this.comings = new MutationObserver(changes => changes.forEach(change => this.close(change.addedNodes)))
        this.comings.observe(this.list, { childList: true, subtree: true })
        this.close(this.messages)
    }

    disconnectedCallback() { this.comings.disconnect() }

    get messages() { return [...this.list.querySelectorAll(":scope > .message")] }

    // What is made anew of the message one is with stays within reach, also while one is asked something about it.
    close(nodes) {
        for (const node of nodes) if (node instanceof Element && (node.closest(".message") ?? node) !== this.here) reach(node, -1)
    }

    enter(message) {
        if (message === this.here) return
        if (this.here) reach(this.here, -1)
        this.here = message
        if (message) reach(message, 0)
    }

    press(event) {
        if (event.target.matches("textarea, input") || event.shiftKey) return // with Shift they select
        if (event.key === "Escape") document.getElementById("text")?.focus()
        const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
        if (step) this.walk(event, step)
    }

    walk(event, step) {
        const messages = this.messages.filter(message => message.offsetHeight > 1) // not the hidden ones
        const here = messages.indexOf(event.target.closest(".message"))
        const there = here < 0 ? messages.at(-1) : messages[here + step]
        if (!there) return
        event.preventDefault()
        there.focus()
    }
}

function reach(node, index) {
    for (const control of node.querySelectorAll(CONTROLS)) control.tabIndex = index
    if (node.matches(CONTROLS)) node.tabIndex = index
}

customElements.define("message-keys", MessageKeys)
