// The connection of a room: socket, catching up by number, coming back. It shows nothing itself; what arrives goes on as
// events: live:html (a frame element), live:json (an object), live:room (it is not as it was), live:reset (a fresh page of
// messages), live:state, live:closed.
const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 30_000
const SILENCE_MS = 60_000 // the server's heart beats every 25 s
const BEHIND_MS = 2_000
const FINAL = { 4401: "signed-out", 4404: "gone" }

class ChatLive extends HTMLElement {
    revision = 0 // everything up to here is applied
    ahead = new Set() // applied revisions above a hole
    failures = 0
    notBefore = 0 // the server wants to be left alone until then
    isSyncing = false
    isTorn = false

    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal } // panes are swapped: what is heard of the document ends with this one
        this.revision = Number(this.dataset.revision)
        document.addEventListener("live:send", event => { event.detail.isSent = this.send(event.detail.command) }, life)
        document.addEventListener("live:try", () => this.connectNow(), life)
        addEventListener("online", () => this.connectNow(), life)
        addEventListener("offline", () => this.cut(1005), life)
        addEventListener("pagehide", () => this.leave(), life)
        addEventListener("pageshow", event => { if (event.persisted) this.connectNow() }, life)
        document.addEventListener("visibilitychange", () => { if (!document.hidden) this.connectNow() }, life)
        this.clock = setInterval(() => this.listen(), 5_000)
        this.connect()
    }

    disconnectedCallback() {
        this.stop.abort()
        clearInterval(this.clock)
        clearTimeout(this.heal)
        this.leave()
    }

    get isOpen() { return this.socket?.readyState === WebSocket.OPEN }

    // --- the line ---

    connect() {
        clearTimeout(this.retry)
        const scheme = location.protocol === "https:" ? "wss" : "ws"
        const socket = this.socket = new WebSocket(`${scheme}://${location.host}/ws/rooms/${this.dataset.room}/`, ["chat.html.v1"])
        this.heardAt = Date.now()
        socket.addEventListener("open", () => { if (socket === this.socket) this.sync() })
        socket.addEventListener("message", event => { if (socket === this.socket) this.receive(event.data) })
        socket.addEventListener("close", event => { if (socket === this.socket) this.closed(event) })
    }

    connectNow() {
        if (this.isFinal || this.isOpen || this.socket?.readyState === WebSocket.CONNECTING || Date.now() < this.notBefore) return
        this.failures = 0
        tell("live:state", { state: "connecting" })
        this.connect()
    }

    closed({ code, reason }) {
        this.isSyncing = false
        this.socket = null
        tell("live:closed", { code })
        if (code in FINAL) return this.end(FINAL[code])
        const isHeld = code === 4429
        const wait = isHeld ? (Number(reason) || 10) * 1000 : jitter(this.failures++)
        const retryAt = Date.now() + wait
        if (isHeld) this.notBefore = retryAt
        clearTimeout(this.retry)
        this.retry = setTimeout(() => this.connect(), wait)
        tell("live:state", isHeld ? { state: "held", retryAt } : navigator.onLine ? { state: "reconnecting", retryAt } : { state: "offline" })
    }

    end(state) {
        this.isFinal = true
        if (state === "gone") location.assign(`${this.dataset.rooms}?gone=1`)
        else tell("live:state", { state, signIn: this.dataset.signIn })
    }

    leave() {
        clearTimeout(this.retry)
        const socket = this.socket
        this.socket = null
        socket?.close()
    }

    // A line can be dead without having been closed: a laptop that slept, a router that forgot.
    listen() {
        if (!this.isOpen || Date.now() - this.heardAt < SILENCE_MS) return
        this.cut(1006)
    }

    // Without waiting for a farewell that may never come.
    cut(code) {
        this.leave()
        if (!this.isFinal) this.closed({ code })
    }

    send(command) {
        if (!this.isOpen) return false
        this.socket.send(JSON.stringify(command))
        return true
    }

    // --- catching up ---

    sync() {
        this.isTorn = false
        this.isSyncing = this.send({ type: "sync", since: this.revision })
    }

    note(revision) {
        if (revision <= this.revision) return
        this.ahead.add(revision)
        this.advance()
        if (this.ahead.size && !this.isSyncing) this.healSoon()
    }

    advance() {
        while (this.ahead.delete(this.revision + 1)) this.revision += 1
    }

    stand(revision) {
        this.revision = Math.max(this.revision, revision)
        for (const known of this.ahead) if (known <= this.revision) this.ahead.delete(known)
        this.advance()
        this.isSyncing = false
        if (this.ahead.size || this.isTorn) this.healSoon()
    }

    // At random, so that a broken broker does not make a room full of pages ask in the same moment.
    healSoon() {
        this.heal ??= setTimeout(() => {
            this.heal = undefined
            if (!this.isSyncing) this.sync()
        }, Math.random() * 1000)
    }

    beat(revision) {
        if (revision > this.revision) setTimeout(() => { if (revision > this.revision) this.healSoon() }, BEHIND_MS)
    }

    // Too much has changed to be told one by one: the newest page instead.
    async reload() {
        try {
            const answer = await fetch(this.dataset.messages, { headers: { "HX-Request": "true" } })
            if (!answer.ok) throw new Error(answer.statusText)
            const html = await answer.text()
            if (!this.isConnected) return
            tell("live:reset", { html })
            this.revision = 0
            this.stand(Number(answer.headers.get("X-Room-Revision")))
        } catch {
            setTimeout(() => this.sync(), 2_000)
        }
    }

    // --- what arrives ---

    receive(text) {
        this.heardAt = Date.now()
        if (text.startsWith("<")) this.take(parsed(text))
        else this.hear(JSON.parse(text))
    }

    take(frame) {
        const type = frame.getAttribute("type")
        if (["control", "token", "reasoning"].includes(type)) return this.write(frame)
        if (type === "room") this.changeRoom(frame)
        tell("live:html", frame)
        this.note(Number(frame.getAttribute("revision")))
    }

    hear(frame) {
        if (frame.type === "welcome") this.welcome()
        else if (frame.type === "heartbeat") this.beat(frame.revision)
        else if (frame.type === "synced") this.stand(frame.revision)
        else if (frame.type === "resync") this.reload()
        tell("live:json", frame)
    }

    welcome() {
        this.failures = 0
        tell("live:state", { state: "live" })
    }

    write(frame) {
        const body = document.querySelector(`#message-${Number(frame.getAttribute("message"))} reply-body`)
        if (!body) return
        if (frame.getAttribute("type") === "reasoning") return body.think(frame)
        if (frame.getAttribute("action") === "start") body.start(frame)
        else if (body.grow(frame)) {
            this.isTorn = true
            if (!this.isSyncing) this.healSoon()
        }
    }

    // A direct room is called differently by each of its people, so its heading is the page's own.
    changeRoom(frame) {
        if (frame.hasAttribute("archived") !== ("archived" in this.dataset)) return location.reload()
        tell("live:room")
        if (this.dataset.kind === "direct") return
        document.title = document.title.replace(/^.*(?= · )/, () => frame.getAttribute("name"))
        document.getElementById("room-heading")?.replaceWith(frame.firstElementChild.cloneNode(true))
    }
}

function parsed(html) {
    const template = document.createElement("template")
    template.innerHTML = html
    return template.content.firstElementChild
}

function jitter(failures) {
    return Math.random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures)
}

function tell(name, detail) {
    document.dispatchEvent(new CustomEvent(name, { detail }))
}

customElements.define("chat-live", ChatLive)
