// What was written and not yet taken by the server. Kept in this browser over reload and restart; sent one at a time, in
// order, each with one client id for ever: the server takes it once, however often it is sent.
const PATIENCE_MS = 4_000 // without a socket for so long, a plain request is tried
const ANSWER_MS = 10_000

class MessageOutbox extends HTMLElement {
    nodes = new Map()
    memory = new Map() // where there is no storage
    isLive = false
    downSince = Date.now()

    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal } // panes are swapped: what is heard of the document ends with this one
        this.kept = `outbox/${document.body.dataset.user}/${this.dataset.room}/`
        this.template = this.querySelector("template")
        document.addEventListener("outbox:say", event => this.say(event.detail), life)
        document.addEventListener("live:state", event => this.changed(event.detail.state), life)
        document.addEventListener("live:html", event => this.done(event.detail.getAttribute("client-id")), life)
        document.addEventListener("live:json", event => this.hear(event.detail), life)
        document.addEventListener("live:too-large", () => this.fail(this.inFlight, "This is too large to send."), life)
        addEventListener("storage", event => { if (event.key?.startsWith(this.kept)) this.show() }, life)
        this.addEventListener("click", event => this.press(event.target.closest("[data-do]")))
        this.clock = setInterval(() => this.flush(), 1_000)
        this.show()
    }

    disconnectedCallback() {
        this.stop.abort()
        clearInterval(this.clock)
    }

    // --- keeping ---

    say({ text, replyTo }) {
        const item = { client_id: freshId(), text, reply_to: replyTo || null, problem: "" }
        this.keep(`${String(Date.now()).padStart(15, "0")}-${String(this.nodes.size).padStart(6, "0")}-${item.client_id}`, item)
        document.dispatchEvent(new CustomEvent("list:to-end"))
        this.flush()
    }

    get entries() {
        const found = new Map(this.memory)
        try {
            for (const key of Object.keys(localStorage)) {
                if (key.startsWith(this.kept)) found.set(key.slice(this.kept.length), JSON.parse(localStorage.getItem(key)))
            }
        } catch { /* what is in memory is there */ }
        return [...found].sort(([one], [other]) => (one < other ? -1 : 1))
    }

    keep(key, item) {
        try { localStorage.setItem(this.kept + key, JSON.stringify(item)) }
        catch { this.memory.set(key, item) }
        this.show()
    }

    drop(key) {
        this.memory.delete(key)
        try { localStorage.removeItem(this.kept + key) } catch { /* nothing was stored */ }
        this.show()
    }

    entry(clientId) { return this.entries.find(([, item]) => item.client_id === clientId) }

    // --- sending ---

    changed(state) {
        if (this.isLive && state !== "live") this.downSince = Date.now()
        this.isLive = state === "live"
        this.isSignedOut = state === "signed-out"
        this.inFlight = null
        this.flush()
    }

    flush() {
        if (this.inFlight && Date.now() - this.sentAt > ANSWER_MS) this.inFlight = null
        const head = this.entries.find(([, item]) => !item.problem)?.[1]
        if (!head || this.inFlight || this.isSignedOut || Date.now() < (this.notBefore ?? 0)) return
        if (this.isLive) this.sendBySocket(head)
        else if (Date.now() - this.downSince > PATIENCE_MS && navigator.onLine) this.sendByRequest(head)
    }

    sendBySocket({ client_id, text, reply_to }) {
        const command = { type: "message.send", client_id, text }
        if (reply_to) command.reply_to = reply_to
        const detail = { command }
        document.dispatchEvent(new CustomEvent("live:send", { detail }))
        if (detail.isSent) this.started(client_id)
    }

    async sendByRequest({ client_id, text, reply_to }) {
        this.started(client_id)
        const form = new URLSearchParams({ text, client_id, reply_to: reply_to ?? "" })
        const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" }
        try {
            const answer = await fetch(this.dataset.messages, { method: "POST", headers, body: form })
            await this.answered(answer, client_id)
        } catch { this.wait(3) } // no line at all: it stays here, and goes later
        if (this.inFlight === client_id) this.inFlight = null
    }

    async answered(answer, clientId) {
        const words = await answer.text()
        if (answer.ok) this.isConnected ? arrived(words, clientId) : this.done(clientId)
        else if (answer.status === 429) this.wait(Number(answer.headers.get("Retry-After")))
        else if (answer.status === 401) this.wait(30)
        else if (answer.status < 500) this.fail(clientId, answer.headers.has("X-Error-Code") ? words : "Not sent.")
        else this.wait(3)
    }

    started(clientId) {
        this.inFlight = clientId
        this.sentAt = Date.now()
    }

    wait(seconds) {
        this.inFlight = null
        this.notBefore = Date.now() + (seconds || 5) * 1000
    }

    // --- what came of it ---

    hear(frame) {
        if (frame.type !== "error" || !frame.client_id) return
        if (frame.code === "rate_limited") this.wait(frame.retry_after)
        else this.fail(frame.client_id, frame.detail)
    }

    done(clientId) {
        const found = clientId && this.entry(clientId)
        if (!found) return
        this.settle(clientId)
        this.drop(found[0])
        this.flush()
    }

    fail(clientId, problem) {
        const found = clientId && this.entry(clientId)
        if (!found) return
        this.settle(clientId)
        this.keep(found[0], { ...found[1], problem })
        this.flush()
    }

    settle(clientId) { if (this.inFlight === clientId) this.inFlight = null }

    press(button) {
        const clientId = button?.closest(".message")?.dataset.client
        const [key, item] = (clientId && this.entry(clientId)) || []
        if (!key) return
        if (button.dataset.do === "retry") this.keep(key, { ...item, problem: "" })
        else this.drop(key)
        if (button.dataset.do === "edit") document.dispatchEvent(new CustomEvent("composer:fill", { detail: item.text }))
        this.flush()
    }

    // --- showing ---

    show() {
        const entries = this.entries
        const ids = new Set(entries.map(([, item]) => item.client_id))
        for (const [id, node] of this.nodes) if (!ids.has(id)) { node.remove(); this.nodes.delete(id) }
        for (const [, item] of entries) this.draw(this.nodes.get(item.client_id) ?? this.add(item), item)
    }

    add(item) {
        const node = this.template.content.firstElementChild.cloneNode(true)
        node.id = `pending-${MessageOutbox.count = (MessageOutbox.count ?? 0) + 1}`
        node.dataset.client = item.client_id
        node.querySelector(".prose").textContent = item.text
        this.append(node)
        this.nodes.set(item.client_id, node)
        return node
    }

    draw(node, { problem }) {
        node.classList.toggle("message--pending", !problem)
        node.classList.toggle("message--failed", Boolean(problem))
        node.querySelector(".message__note .icon").hidden = Boolean(problem)
        node.querySelector(".message__note > :last-child").textContent = problem ? "not sent" : "sending"
        node.querySelector(".message__foot").hidden = !problem
        node.querySelector("[role=alert]").textContent = problem
    }
}

// The answer to a request is shown as if the socket had brought it.
function arrived(html, clientId) {
    const frame = document.createElement("chat-frame")
    frame.setAttribute("type", "message.created")
    frame.setAttribute("client-id", clientId)
    frame.innerHTML = html
    document.dispatchEvent(new CustomEvent("live:html", { detail: frame }))
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
