// What was written and not yet taken by the server. Kept in this browser over reload and restart; sent one at a time, in
// order, each with one client id for ever: the server takes it once, however often it is sent.
const PATIENCE_MS = 4_000 // without a socket for so long, a plain request is tried
const ANSWER_MS = 10_000
const RIGHT_AFTER_MS = 5_000
const MOST_DEATHS = 3
const DEATHS = [1006, 1011] // a line that breaks, a server that breaks
const TOGETHER_MS = 5 * 60 * 1000

class MessageOutbox extends HTMLElement {
    static memory = new Map() // where there is no storage
    nodes = new Map()
    isLive = false
    downSince = Date.now()
    notBefore = 0

    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal } // panes are swapped: what is heard of the document ends with this one
        this.mine = `outbox/${document.body.dataset.user}/`
        this.here = `${this.mine}${this.dataset.room}/`
        this.template = this.querySelector("template")
        document.addEventListener("outbox:say", event => this.say(event.detail), life)
        document.addEventListener("live:state", event => this.changed(event.detail.state), life)
        document.addEventListener("live:closed", event => this.cut(event.detail.code), life)
        document.addEventListener("live:html", event => this.arrived(event.detail), life)
        document.addEventListener("live:json", event => this.hear(event.detail), life)
        addEventListener("storage", event => { if (event.key?.startsWith(this.here)) this.show() }, life)
        this.addEventListener("click", event => this.press(event.target.closest("[data-do]")))
        this.clock = setInterval(() => this.flush(), 1_000)
        this.show()
    }

    disconnectedCallback() {
        this.stop.abort()
        clearInterval(this.clock)
        this.settle(false)
    }

    // --- keeping: one key each, so that two tabs never overwrite each other ---

    say({ text, quoted }) {
        const last = Number(this.entries.at(-1)?.[0].slice(this.here.length).split("-")[0] ?? 0)
        const stamp = Math.max(Date.now(), last + 1) // in order, also within a millisecond and after a clock was set back
        const item = { client_id: freshId(), text, quoted: quoted ?? null, problem: "", to: this.dataset.messages }
        this.keep(`${this.here}${String(stamp).padStart(15, "0")}-${item.client_id}`, item)
        document.dispatchEvent(new CustomEvent("list:to-end"))
        this.flush()
    }

    get entries() { return kept(this.here) }
    get head() { return this.entries.find(([, item]) => !item.problem) }
    entry(clientId) { return clientId && kept(this.mine).find(([, item]) => item.client_id === clientId) }

    keep(key, item) {
        try { localStorage.setItem(key, JSON.stringify(item)) }
        catch { MessageOutbox.memory.set(key, item) }
        this.show()
    }

    drop(key) {
        MessageOutbox.memory.delete(key)
        try { localStorage.removeItem(key) } catch { /* nothing was stored */ }
        this.show()
    }

    // --- sending ---

    changed(state) {
        if (this.isLive && state !== "live") this.downSince = Date.now()
        this.isLive = state === "live"
        this.isSignedOut = state === "signed-out"
        this.settle(false)
        this.show()
        this.flush()
    }

    async flush() {
        if (this.isBusy || this.isSignedOut || !this.isConnected) return
        this.isBusy = true
        try {
            while (this.head && await alone(this.here, () => this.send(this.head?.[1]))) continue
            if (!this.head) await this.sendElsewhere()
        } finally { this.isBusy = false }
    }

    // True once it is settled, so that the next may go.
    async send(item) {
        if (!item || !this.isConnected || Date.now() < this.notBefore) return false
        if (this.isLive) return this.sendBySocket(item)
        return Date.now() - this.downSince > PATIENCE_MS && navigator.onLine ? this.sendByRequest(item) : false
    }

    // What waits in rooms whose pages are closed need not wait for somebody to open them.
    async sendElsewhere() {
        const [key, item] = kept(this.mine).find(([key, item]) => !item.problem && !key.startsWith(this.here)) ?? []
        if (!key || !this.isLive || Date.now() < this.notBefore) return
        await alone(key.slice(0, key.indexOf("/", this.mine.length) + 1), () => this.entry(item.client_id) && this.sendByRequest(item))
    }

    sendBySocket({ client_id, text, quoted }) {
        const command = { type: "message.send", client_id, text }
        if (quoted) command.reply_to = quoted.id
        const detail = { command }
        document.dispatchEvent(new CustomEvent("live:send", { detail }))
        if (!detail.isSent) return false
        this.inFlight = client_id
        this.sentAt = Date.now()
        return new Promise(resolve => {
            this.settled = resolve
            setTimeout(resolve, ANSWER_MS, false)
        })
    }

    async sendByRequest({ client_id, text, quoted, to }) {
        const body = new URLSearchParams({ text, client_id, reply_to: quoted?.id ?? "" })
        const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" }
        try {
            const answer = await fetch(to, { method: "POST", headers, body, signal: AbortSignal.timeout(ANSWER_MS) })
            return this.answered(answer, await answer.text(), client_id)
        } catch { return this.wait(3) } // no line at all: it stays here, and goes later
    }

    answered(answer, words, clientId) {
        if (answer.ok) this.taken(clientId, words)
        else if (answer.status === 429) return this.wait(Number(answer.headers.get("Retry-After")))
        else if (answer.status === 401) return this.wait(30)
        else if (answer.status === 500) return this.died(clientId) || this.wait(3)
        else if (answer.status > 500) return this.wait(3)
        else this.fail(clientId, answer.headers.has("X-Error-Code") ? words : "Not sent.")
        return true
    }

    settle(isDone) {
        this.inFlight = null
        this.settled?.(isDone)
    }

    wait(seconds) {
        this.notBefore = Date.now() + (seconds || 5) * 1000
        this.settle(false)
        return false
    }

    // --- what came of it ---

    arrived(frame) {
        const clientId = frame.getAttribute("client-id")
        const [key] = this.entry(clientId) ?? []
        if (key) this.drop(key)
        if (clientId && clientId === this.inFlight) this.settle(true)
    }

    hear(frame) {
        if (frame.type !== "error" || !frame.client_id) return
        if (frame.code === "rate_limited") this.holdBack(frame.retry_after)
        else this.fail(frame.client_id, frame.detail)
    }

    holdBack(seconds) {
        this.wait(seconds)
        document.dispatchEvent(new CustomEvent("live:held", { detail: { until: this.notBefore } }))
    }

    // The answer to a request is shown as if the socket had brought it.
    taken(clientId, html) {
        const [key] = this.entry(clientId) ?? []
        if (key?.startsWith(this.here) && this.isConnected) document.dispatchEvent(new CustomEvent("live:html", { detail: frameOf(html, clientId) }))
        else if (key) this.drop(key)
    }

    cut(code) {
        if (code === 1009) this.fail(this.inFlight, "This is too large to send.")
        else if (DEATHS.includes(code) && navigator.onLine && Date.now() - this.sentAt < RIGHT_AFTER_MS) this.died(this.inFlight)
    }

    // What kills each connection it is sent on would keep everything behind it from being sent. True if it is given up.
    died(clientId) {
        const [key, item] = this.entry(clientId) ?? []
        if (!key) return true
        const deaths = (item.deaths ?? 0) + 1
        const problem = deaths < MOST_DEATHS ? "" : "Three connections broke right after this was sent. It is not sent again by itself."
        this.keep(key, { ...item, deaths, problem })
        return Boolean(problem)
    }

    fail(clientId, problem) {
        const [key, item] = this.entry(clientId) ?? []
        if (key) this.keep(key, { ...item, problem })
        if (clientId === this.inFlight) this.settle(true)
    }

    press(button) {
        const [key, item] = this.entry(button?.closest(".message")?.dataset.client) || []
        if (!key) return
        if (button.dataset.do === "retry") this.keep(key, { ...item, problem: "", deaths: 0 })
        else this.drop(key)
        if (button.dataset.do === "edit") document.dispatchEvent(new CustomEvent("composer:fill", { detail: item }))
        else document.getElementById("text")?.focus()
        this.flush()
    }

    // --- showing ---

    show() {
        const entries = this.entries
        const ids = new Set(entries.map(([, item]) => item.client_id))
        for (const [id, node] of this.nodes) if (!ids.has(id)) { node.remove(); this.nodes.delete(id) }
        for (const [key, item] of entries) this.draw(this.nodes.get(item.client_id) ?? this.add(key, item), item)
    }

    add(key, { client_id, text, quoted }) {
        const node = this.template.content.firstElementChild.cloneNode(true)
        node.id = `pending-${MessageOutbox.count = (MessageOutbox.count ?? 0) + 1}`
        node.dataset.client = client_id
        node.dataset.stamp = Number(key.slice(this.here.length).split("-")[0])
        node.querySelector(".prose").textContent = text
        const quote = node.querySelector(".message__quote")
        quote.hidden = !quoted
        quote.querySelector("bdi").textContent = quoted?.name ?? ""
        quote.querySelector("span").textContent = quoted?.words ?? ""
        this.append(node)
        this.nodes.set(client_id, node)
        return node
    }

    draw(node, { problem, quoted }) {
        node.classList.toggle("message--pending", !problem)
        node.classList.toggle("message--failed", Boolean(problem))
        node.classList.toggle("message--follow", !problem && !quoted && this.follows(node))
        node.querySelector(".message__note .icon").hidden = Boolean(problem)
        node.querySelector(".message__note > :last-child").textContent = problem ? "not sent" : this.isLive ? "sending" : "waiting"
        node.querySelector(".message__foot").hidden = !problem
        node.querySelector("[role=alert]").textContent = problem
    }

    // As it will stand once it is taken, so that nothing moves then.
    follows(node) {
        const before = node.previousElementSibling?.matches(".message") ? node.previousElementSibling : lastListed()
        if (!before || before.dataset.author !== node.dataset.author || before.matches(".message--gone, .message--failed")) return false
        const at = before.dataset.stamp ?? new Date(before.querySelector("time").dateTime)
        return node.dataset.stamp - at < TOGETHER_MS
    }
}

function kept(prefix) {
    const found = [...MessageOutbox.memory].filter(([key]) => key.startsWith(prefix))
    try {
        for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) found.push([key, JSON.parse(localStorage.getItem(key))])
    } catch { /* what is in memory is there */ }
    return found.sort(([one], [other]) => (one < other ? -1 : 1))
}

// Of several tabs of one person one sends. Where there are no locks all do, and the server takes it once.
async function alone(name, act) {
    if (!navigator.locks) return act()
    return navigator.locks.request(name, { ifAvailable: true }, lock => lock ? act() : false)
}

function lastListed() { return document.querySelector("message-list > .message:nth-last-child(1 of .message)") }

function frameOf(html, clientId) {
    const frame = document.createElement("chat-frame")
    frame.setAttribute("type", "message.created")
    frame.setAttribute("client-id", clientId)
    frame.innerHTML = html
    return frame
}

// crypto.randomUUID exists on secure origins only; a house network's address is none.
function freshId() {
    if (crypto.randomUUID) return crypto.randomUUID()
    const bytes = crypto.getRandomValues(new Uint8Array(16))
    bytes[6] = (bytes[6] & 0x0f) | 0x40
    bytes[8] = (bytes[8] & 0x3f) | 0x80
    const hex = [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("")
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
}

customElements.define("message-outbox", MessageOutbox)
