// Carries what waits in the outbox to the server: one at a time, by the socket, or by a request while there is none.
const PATIENCE_MS = 4_000 // without a socket for so long, a plain request is tried
const ANSWER_MS = 10_000
const AGAIN_S = 1 // with the tick of the clock two at most: who comes back is heard within three
const RIGHT_AFTER_MS = 5_000
const LONG_S = 300 // what has to wait longer holds up nothing else
const TOO_LARGE = gettext("This is too large to send.")
const DEATHS = [1006, 1011] // a line that broke, a server that broke

class MessageCourier extends HTMLElement {
    isLive = false // there is a socket
    mayAsk = false // the server is heard by another way
    downSince = performance.now() // not by the clock, which may be set
    notBefore = 0

    connectedCallback() {
        this.stop = new AbortController()
        // Panes are swapped: what is heard of the document ends with this one.
        const life = { signal: this.stop.signal }
        document.addEventListener("outbox:waiting", () => this.flush(), life)
        document.addEventListener("live:state", event => this.changed(event.detail), life)
        document.addEventListener("live:closed", event => this.cut(event.detail.code), life)
        document.addEventListener("live:html", event => this.seen(event.detail.getAttribute("client-id")), life)
        document.addEventListener("live:json", event => this.hear(event.detail), life)
        this.clock = setInterval(() => this.flush(), 1_000)
    }

    disconnectedCallback() {
        this.stop.abort()
        clearInterval(this.clock)
        this.settle(this.inFlight, false)
    }

    next(isElsewhere = false) {
        const detail = { isElsewhere }
        tell("outbox:next", detail)
        return detail.item
    }

    async flush() {
        if (this.isBusy || this.isSignedOut) return
        this.isBusy = true
        try {
            let item
            while ((item = this.next()) && await alone(item.to, () => this.carry(this.next()))) continue
            if (!item && (this.isLive || this.mayAsk)) this.carryElsewhere(this.next(true))
        } finally { this.isBusy = false }
    }

    // True once it is settled, so that the next may go.
    async carry(item) {
        if (!item || !this.isConnected || performance.now() < this.notBefore) return false
        if (this.isLive) return item.files?.length ? this.byRequest(item) : this.bySocket(item)
        return (this.mayAsk || performance.now() - this.downSince > PATIENCE_MS) && navigator.onLine ? this.byRequest(item) : false
    }

    // Beside what is said here: an upload for another room may take its time.
    async carryElsewhere(item) {
        if (!item || this.isElsewhere || performance.now() < this.notBefore) return
        this.isElsewhere = true
        try { await alone(item.to, () => this.next(true)?.client_id === item.client_id && this.byRequest(item)) }
        finally { this.isElsewhere = false }
    }

    bySocket({ client_id, text, quoted }) {
        const command = { type: "message.send", client_id, text, seen_ms: this.took }
        if (quoted) command.reply_to = quoted.id
        const detail = { command }
        tell("live:send", detail)
        if (!detail.isSent) return false
        this.inFlight = client_id
        this.sentAt = performance.now()
        this.took = undefined
        return new Promise(resolve => {
            this.settled = resolve
            setTimeout(resolve, ANSWER_MS, false)
        })
    }

    async byRequest({ client_id, text, quoted, files, to }) {
        const fields = { text, client_id, reply_to: quoted?.id ?? "" }
        const headers = requestHeaders()
        if (files?.length) return this.byUpload(to, headers, fields, files)
        const body = new URLSearchParams(fields)
        try {
            const answer = await fetch(to, { method: "POST", headers, body, signal: AbortSignal.timeout(ANSWER_MS) })
            return this.answered(answer, await answer.text(), client_id)
        } catch { return this.wait(AGAIN_S) } // no line at all: it stays where it is, and goes later
    }

    async byUpload(to, headers, fields, files) {
        const clientId = fields.client_id
        try { await fileCode() } catch { return this.wait(3) }
        const { problem, answer, words, isLeft, isBroken } = await sendFiles(to, headers, fields, files)
        if (isLeft) return true
        if (problem) return this.refused(clientId, problem)
        if (answer) return this.answered(answer, words, clientId)
        if (isBroken && navigator.onLine) tell("outbox:result", { clientId, isDeath: true })
        return this.wait(3)
    }

    answered(answer, words, clientId) {
        const { status, headers } = answer
        if (status === 500) tell("outbox:result", { clientId, isDeath: true })
        const seconds = Number(headers.get("Retry-After"))
        if (status === 429 && seconds < LONG_S) return this.holdBack(seconds)
        const isOld = headers.has("HX-Refresh") // who signed in anew has another token: it goes from the next page
        if (isOld) location.reload()
        if (isOld || status === 401) return this.wait(30)
        const isForeign = answer.ok && !headers.has("X-Client-Id") // a portal's, or a proxy's: it has not arrived
        if (isForeign || (status >= 500 && status !== 507)) return this.wait(AGAIN_S)
        const problem = headers.has("X-Error-Code") ? words : status === 413 ? TOO_LARGE : gettext("Not sent.")
        tell("outbox:result", answer.ok ? { clientId, html: words } : { clientId, problem })
        return true
    }

    // --- what comes of it ---

    changed({ state, by }) {
        if ((this.isLive || this.mayAsk) && state !== "live") this.downSince = performance.now()
        this.isLive = state === "live" && by === "socket"
        this.mayAsk = state === "live" && !this.isLive
        this.isSignedOut = state === "signed-out" || (this.isSignedOut && state !== "live") // it may be somebody else by now
        this.settle(this.inFlight, false)
        this.flush()
    }

    hear(frame) {
        if (frame.type !== "error" || !frame.client_id) return
        if (frame.code === "rate_limited") this.holdBack(frame.retry_after)
        else if (frame.code === "unavailable") this.wait(AGAIN_S) // the database is away: it stays where it is, and goes later
        else this.refused(frame.client_id, frame.detail)
    }

    cut(code) {
        if (!this.inFlight) return
        if (code === 1009) this.refused(this.inFlight, TOO_LARGE)
        else if (DEATHS.includes(code) && navigator.onLine && performance.now() - this.sentAt < RIGHT_AFTER_MS) tell("outbox:result", { clientId: this.inFlight, isDeath: true })
    }

    refused(clientId, problem) {
        tell("outbox:result", { clientId, problem })
        this.settle(clientId, true)
        return true
    }

    seen(clientId) {
        if (clientId && clientId === this.inFlight) this.took = Math.round(performance.now() - this.sentAt)
        this.settle(clientId, true)
    }

    settle(clientId, isDone) {
        if (!clientId || clientId !== this.inFlight) return
        this.inFlight = null
        this.settled(isDone)
    }

    holdBack(seconds) {
        this.wait(seconds)
        tell("live:held", { until: this.notBefore })
        return false
    }

    wait(seconds) {
        this.notBefore = performance.now() + (seconds || 5) * 1000
        this.settle(this.inFlight, false)
        return false
    }
}

// Of several tabs of one person one carries. Where there are no locks all do, and the server takes it once.
async function alone(name, act) {
    if (!navigator.locks) return act()
    return navigator.locks.request(`outbox ${name}`, { ifAvailable: true }, lock => lock ? act() : false)
}

customElements.define("message-courier", MessageCourier)
