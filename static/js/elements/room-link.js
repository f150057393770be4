// One row of the sidebar: what is unread there, whether somebody called, whether the person is here.
class RoomLink extends HTMLElement {
    connectedCallback() {
        this.link = this.querySelector("a")
        this.count = this.querySelector(".room-link__count")
        this.stop = new AbortController()
        document.addEventListener("live:json", event => this.hear(event.detail), { signal: this.stop.signal })
    }

    disconnectedCallback() { this.stop.abort() }

    get isShown() { return this.link.hasAttribute("aria-current") }

    hear(frame) {
        // Who leaves this room may be in another one: that is for <room-list> to ask.
        if (frame.type === "presence" && frame.online && String(frame.user.id) === this.dataset.person) this.place()
        if (frame.room !== this.dataset.room) return
        if (frame.type === "activity") this.dataset.sequence = Math.max(frame.sequence, this.dataset.sequence)
        else if (frame.type === "mention") this.dataset.mentions = Number(this.dataset.mentions) + 1
        else if (frame.type === "read") this.read(frame.sequence)
        else return
        this.show()
    }

    read(sequence) {
        this.dataset.read = Math.max(sequence, this.dataset.read)
        if (sequence >= Number(this.dataset.sequence)) this.dataset.mentions = 0
    }

    show() {
        const unread = this.isShown ? 0 : Math.max(0, this.dataset.sequence - this.dataset.read)
        const mentions = this.isShown ? 0 : Number(this.dataset.mentions)
        this.link.classList.toggle("room-link--unread", unread > 0)
        this.link.classList.toggle("room-link--mention", mentions > 0)
        this.count.textContent = mentions ? `@ ${mentions}` : unread || ""
        if (mentions || unread) this.count.append(hidden(` ${mentions ? gettext("with your name") : gettext("unread")}`))
        this.mark(document.querySelector(".header__menu"), document.querySelector(".room-link--unread") !== null)
    }

    mark(menu, isWaiting) {
        menu?.classList.toggle("header__menu--unread", isWaiting)
        menu?.setAttribute("aria-label", isWaiting ? gettext("Rooms, something new") : gettext("Rooms"))
    }

    place() {
        this.querySelector(".avatar")?.classList.add("avatar--here")
        const words = this.querySelector(".room-link__here")
        if (words) words.hidden = false
    }
}

function hidden(textContent) { return Object.assign(document.createElement("span"), { className: "visually-hidden", textContent }) }

customElements.define("room-link", RoomLink)
