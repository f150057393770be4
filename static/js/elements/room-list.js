// The rooms beside the page, and who is here. Rows count for themselves; what no frame tells (a new room, who has gone) is
// asked for, a little later and at random, so that one arrival does not make a room full of pages ask in the same moment.
const SPREAD_MS = 1_500
const ALONE_MS = 30_000 // on pages without a connection
// Of 25 s: who was here may have gone from another room, or with their server; others may have come.
const OLD_BEATS = 3

class RoomList extends HTMLElement {
    wasDown = false
    beats = 0 // since the list was asked for
    asked = [] // for each answer on its way, what was heard of other rooms meanwhile: the answer may be older

    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal }
        document.addEventListener("live:json", event => this.hear(event.detail), life)
        document.addEventListener("live:state", event => this.changed(event.detail.state), life)
        document.addEventListener("visibilitychange", () => { if (!document.hidden) this.askSoon() }, life)
        this.addEventListener("keydown", event => this.press(event), life)
        this.closest("[popover]").addEventListener("toggle", () => this.showCurrent(), life)
        this.clock = setInterval(() => { if (!document.hidden && !document.querySelector("chat-live")) this.ask() }, ALONE_MS)
        this.showCurrent()
    }

    disconnectedCallback() {
        this.stop.abort()
        clearInterval(this.clock)
    }

    // Also where it has no row yet: one may read a public room without having joined it.
    get shown() { return this.querySelector("room-link:has([aria-current])")?.dataset.room ?? document.querySelector("chat-live")?.dataset.room ?? "" }
    get links() { return [...this.querySelectorAll(".room-link[href]")] }

    row(room) { return this.querySelector(`room-link[data-room="${CSS.escape(room)}"]`) }

    hear(frame) {
        if (["activity", "mention", "read"].includes(frame.type)) this.asked.forEach(heard => heard.push(frame))
        if (frame.type === "activity" || frame.type === "mention") {
            const row = this.row(frame.room)
            if (!row || row.closest("[data-recent]")) this.askSoon() // chats stand in the order of their last words
        } else if (frame.type === "rooms") {
            this.askSoon()
        } else if (frame.type === "heartbeat" || frame.type === "synced") {
            this.beats += frame.type === "synced" ? 1 / 8 : 1 // a page that asks every 3 s hears no beat
            if (this.beats >= OLD_BEATS && !document.hidden) this.askSoon(`&here=${this.here}`)
        } else if (frame.type === "presence") {
            const { id } = frame.user
            // Her row may have heard it, and show it, already.
            const isListed = this.querySelector(`[data-here="${Number(id)}"]`) !== null
            if (frame.online ? !isListed : this.here.includes(String(id))) this.askSoon()
        }
    }

    // What happened elsewhere while there was no connection.
    changed(state) {
        if (state === "live" && this.wasDown) this.askSoon()
        if (state !== "connecting") this.wasDown = state !== "live" // who is back from offline connects first
    }

    // Whom it shows as here.
    get here() { return [...this.querySelectorAll("[data-here], [data-person]:has(.avatar--here)")].map(({ dataset }) => dataset.here ?? dataset.person) }

    askSoon(unless = "") {
        if (!unless || !this.soon) this.unless = unless
        this.soon ??= setTimeout(() => { this.soon = undefined; this.ask(this.unless) }, 100 + Math.random() * SPREAD_MS)
    }

    async ask(unless = "") {
        this.beats = 0
        const { shown } = this
        const heard = []
        this.asked.push(heard)
        try {
            const answer = await fetch(`${this.dataset.url}?room=${encodeURIComponent(shown)}${unless}`, { headers: requestHeaders() })
            if (answer.status !== 200) return
            const page = new DOMParser().parseFromString(await answer.text(), "text/html")
            if (!this.asked.includes(heard)) return // what was asked for later, or a page, has come before
            if (this.querySelector(".room-link:active")) return this.askSoon(unless) // a row that goes while it is pressed leads nowhere
            this.renew(page.querySelector("room-list"), this.asked.slice(this.asked.indexOf(heard) + 1))
            heard.filter(({ type, room, sequence }) => type === "read" || sequence > this.row(room)?.dataset.sequence).forEach(frame => this.row(frame.room)?.hear(frame))
            document.querySelector(".header__join")?.toggleAttribute("hidden", this.querySelector(".room-link[aria-current]") !== null)
        } catch { /* the next event asks again */ } finally {
            this.asked = this.asked.filter(one => one !== heard)
        }
    }

    // The same rows anew: scrolled as they were, the focus where it was. A page may be older than an answer that it comes before.
    renew(fresh, later) {
        if (!later && this.asked.length) this.askSoon()
        this.asked = later ?? []
        const top = this.querySelector(".rooms__list").scrollTop
        const focused = this.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null
        this.replaceChildren(...fresh.childNodes)
        this.querySelector(".rooms__list").scrollTop = top
        if (focused) this.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
    }

    // Among five hundred rows, the one that is open.
    showCurrent() {
        const list = this.querySelector(".rooms__list")
        const row = this.querySelector("room-link:has([aria-current])")
        if (!row) return
        const { top, bottom, height } = row.getBoundingClientRect()
        const edge = list.getBoundingClientRect()
        if (top < edge.top || bottom > edge.bottom) list.scrollTop += top - edge.top - (edge.height - height) / 2
    }

    // Arrows walk the rows, as they walk the conversation.
    press(event) {
        const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
        const links = this.links
        const there = step && links[links.indexOf(event.target) + step]
        if (!there || !links.includes(event.target)) return
        event.preventDefault()
        there.focus()
    }
}

customElements.define("room-list", RoomList)
