// The connection of a room: its line, and coming back. It shows nothing itself; what arrives goes on as
// events: live:html (a frame element), live:json (an object), live:room (it is not as it was), live:renamed, live:reset
// (a fresh page of messages), live:state, live:closed.
const FIRST_DELAY_MS = 500
const SHORT_DELAY_MS = 3_000 // within so much of the return of a server everybody is back,
const LONGEST_DELAY_MS = 30_000 // unless it was away for minutes
const SILENCE_MS = 60_000 // a heartbeat comes every 25 s
const ANSWER_MS = 5_000
const TICK_MS = 5_000
const CLIMB_MS = 60_000
// For each way: how often it is tried before the next, and how long it may take to begin (a server where everybody comes
// back at once is slow; a proxy that keeps a stream to itself will do so for ever).
const TRIES = [3, 2, 1]
const BEGIN_MS = [30_000, 8_000, 15_000]
const FINAL = { 4401: "signed-out", 4404: "gone" }

class ChatLive extends LiveRevisions {
    failures = 0
    way = 0 // which of the lines is taken
    missed = 0 // how often in a row this way led nowhere
    notBefore = 0 // the server wants to be left alone until then

    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal } // panes are swapped: what is heard of the document ends with this one
        this.revision = this.named = Number(this.dataset.revision)
        document.addEventListener("live:send", event => { event.detail.isSent = this.send(event.detail.command) }, life)
        document.addEventListener("live:try", () => this.wake(), life)
        document.addEventListener("live:shown", event => this.rewind(event.detail), life)
        addEventListener("online", () => this.wake(), life)
        addEventListener("offline", () => this.cut(1005), life)
        addEventListener("pagehide", () => this.leave(), life)
        addEventListener("pageshow", event => { if (this.isBack = event.persisted) this.wake() }, life)
        document.addEventListener("visibilitychange", () => { if (!document.hidden) this.wake() }, life)
        this.connect()
    }

    disconnectedCallback() {
        this.stop.abort()
        clearInterval(this.clock)
        clearTimeout(this.heal)
        this.leave()
    }

    // --- the line ---

    connect() {
        clearTimeout(this.retry)
        clearInterval(this.clock)
        this.clock = setInterval(() => this.listen(), TICK_MS)
        this.heardAt = this.triedAt = this.tickedAt = Date.now()
        this.line?.close()
        this.line = new liveLines[this.way](this)
        this.isSyncing = this.line.by !== "socket" // the others begin with what is missing
    }

    opened(line) { if (line === this.line) this.sync() }

    heard(line, text) {
        if (line === this.scout) this.climb(line)
        if (line !== this.line) return
        this.heardAt = Date.now()
        if (line.by === "asking" && !this.isLive) this.welcome() // the others are welcomed by a frame
        if (text) this.receive(text)
    }

    // Somebody is back, or this machine woke up: a line that seems open may be long dead.
    wake() {
        if (this.isFinal) return
        if (performance.now() < this.notBefore) return this.line || this.again(this.notBefore - performance.now())
        this.failures = 0
        this.lostAt = undefined
        if (!this.line) {
            this.way = this.missed = 0
            tell("live:state", { state: "connecting" })
            return this.connect()
        }
        if (!this.isLive) return Date.now() - this.triedAt > ANSWER_MS && this.cut(1006)
        const askedAt = Date.now()
        this.look()
        this.sync()
        this.heardAt = askedAt - 1 // a stream that only begins anew was not heard
        setTimeout(() => { if (this.isLive && this.heardAt < askedAt) this.cut(1006) }, ANSWER_MS)
    }

    // On a lesser way: does a socket pass by now?
    look() {
        if (!this.way || this.scout) return
        this.triedAt = Date.now()
        this.scout = new liveLines[0](this)
    }

    climb(line) {
        clearTimeout(this.retry)
        this.line?.close()
        this.line = line
        this.scout = null
        this.way = this.missed = 0
        this.sync()
    }

    closed(line, { code, reason }) {
        if (line === this.scout) this.scout = null
        if (line !== this.line) return
        this.line = null
        this.isSyncing = false
        if (!this.isLive) this.descend()
        this.isLive = false
        tell("live:closed", { code })
        if (code in FINAL) return this.end(FINAL[code])
        const isHeld = code === 4429
        const wait = isHeld ? (Number(reason) || 10) * 1000 : this.delay()
        const retryAt = performance.now() + wait // the clock may be set
        if (isHeld) this.notBefore = retryAt
        this.again(wait)
        tell("live:state", isHeld ? { state: "held", retryAt } : navigator.onLine ? { state: "reconnecting", retryAt } : { state: "offline" })
    }

    again(wait) {
        clearTimeout(this.retry)
        this.retry = setTimeout(() => this.connect(), wait)
    }

    // At random, so that not everybody comes in the same moment: at once at first, then the later the longer it lasts.
    delay() {
        this.lostAt ??= Date.now()
        const patience = Math.max(SHORT_DELAY_MS, (Date.now() - this.lostAt) / 8)
        return Math.random() * Math.min(FIRST_DELAY_MS * 2 ** this.failures++, patience, LONGEST_DELAY_MS)
    }

    // Proxies that let no socket pass, or no stream: after three tries the next way; after the last the first again.
    descend() {
        if (!navigator.onLine || ++this.missed < TRIES[this.way]) return
        this.missed = 0
        this.way = (this.way + 1) % liveLines.length
    }

    // Who has signed in again in another tab, and comes back to this one, goes on: see wake().
    end(state) {
        clearInterval(this.clock)
        this.isFinal = state === "gone"
        if (this.isFinal) location.assign(`${this.dataset.rooms}?gone=${this.dataset.room}`)
        else if (this.isBack) location.reload() // whoever went back to it is not the one who read it
        else tell("live:state", { state, signIn: this.dataset.signIn })
    }

    leave() {
        clearTimeout(this.retry)
        const lines = [this.line, this.scout]
        this.line = this.scout = null
        for (const line of lines) line?.close()
        this.isLive = false
    }

    // A line can be dead without having been closed: a laptop that slept, a router that forgot.
    listen() {
        const now = Date.now()
        const hasSlept = Math.abs(now - this.tickedAt) > 2 * TICK_MS // or the clock was set
        this.tickedAt = now
        if (hasSlept) return this.wake()
        if (now - this.triedAt > CLIMB_MS && this.isLive) this.look()
        if (this.line && now - this.heardAt > (this.isLive ? SILENCE_MS : BEGIN_MS[this.way])) this.cut(1006)
    }

    // Without waiting for a farewell that may never come.
    cut(code) {
        const line = this.line
        if (this.isFinal || !line) return
        line.close()
        this.closed(line, { code })
    }

    send(command) { return this.line?.send(command) }

    // --- what arrives ---

    receive(text) {
        if (text.startsWith("<")) this.take(liveFrame(text))
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
        if (frame.type === "welcome" && !this.isFor(frame.user.id)) return
        if (frame.type === "welcome") this.welcome()
        else if (frame.type === "close") this.cut(frame.code)
        else if (frame.type === "heartbeat") this.beat(frame.revision)
        else if (frame.type === "synced") this.stand(frame.revision)
        else if (frame.type === "resync") this.reload()
        else if (frame.type === "error" && !frame.client_id) this.unsaid()
        else if ("tally" in frame) this.dataset.tally = frame.tally
        tell("live:json", frame)
    }

    // Somebody else has signed in in this browser: nothing that waits in this page may be said by their name.
    isFor(user) {
        if (String(user) === document.body.dataset.user) return true
        this.isFinal = true
        this.leave()
        location.reload()
        return false
    }

    welcome() {
        this.failures = this.missed = 0
        this.lostAt = undefined
        this.isLive = true
        this.isBack = false
        renewToken(/.*(?:^|; )csrftoken=(\w+)/.exec(document.cookie)?.[1]) // of several the last, as the server takes it
        if (this.way) this.triedAt -= CLIMB_MS // perhaps the server was only being restarted: a socket is tried soon
        tell("live:state", { state: "live", by: this.line.by })
    }

    write(frame) {
        const body = document.querySelector(`#message-${Number(frame.getAttribute("message"))} reply-body`)
        if (!body) return
        if (frame.getAttribute("action") === "start") body.start(frame)
        else if (frame.getAttribute("type") === "reasoning" ? body.think(frame) : body.grow(frame)) {
            this.isTorn = true
            if (!this.isSyncing) this.healSoon()
        }
    }

    // A direct room is called differently by each of its people, so its heading is the page's own.
    changeRoom(frame) {
        const revision = Number(frame.getAttribute("revision"))
        if (revision <= this.named) return // told late: the page has a newer one
        this.named = revision
        if (this.firstElementChild && frame.hasAttribute("archived") !== ("archived" in this.dataset)) return location.reload()
        tell("live:room")
        if (this.dataset.kind === "direct") return
        tell("live:renamed", frame.getAttribute("name"))
        document.title = document.title.replace(/^.*(?= · )/, () => frame.getAttribute("name"))
        for (const part of frame.children) document.getElementById(part.id)?.replaceWith(part.cloneNode(true))
    }
}

customElements.define("chat-live", ChatLive)
