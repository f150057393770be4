// What was written and not yet taken by the server, as it is shown. It is sent by <message-courier>, in order, each with one
// client id for ever: the server takes it once, however often it is sent.
const TOGETHER_MS = 5 * 60 * 1000
const LONG_TEXT = 2_000 // folded as it will be once it is taken: see chat/models/messages.py
const LONG_LINES = 24

class MessageOutbox extends HTMLElement {
    nodes = new Map()

    connectedCallback() {
        this.stop = new AbortController()
        // Panes are swapped: what is heard of the document ends with this one.
        const life = { signal: this.stop.signal }
        this.here = `${outboxStore.mine}${this.dataset.room}/`
        this.template = this.querySelector("template")
        document.addEventListener("outbox:say", event => this.say(event.detail), life)
        document.addEventListener("outbox:next", event => { event.detail.item = this.next(event.detail.isElsewhere) }, life)
        document.addEventListener("outbox:kept", () => this.show(), life)
        document.addEventListener("outbox:progress", event => this.progress(event.detail), life)
        document.addEventListener("live:state", event => this.changed(event.detail.state), life)
        document.addEventListener("live:html", event => this.arrived(event.detail), life)
        this.addEventListener("click", event => this.press(event.target.closest("[data-do]")))
        this.show()
    }

    disconnectedCallback() { this.stop.abort() }

    say({ text, quoted, clientId, files = [] }) {
        const last = this.entries.at(-1)
        // In order, also after a clock was set back.
        const stamp = Math.max(Date.now(), last ? this.stampOf(last[0]) + 1 : 0)
        const item = { client_id: clientId ?? freshId(), text, quoted: quoted ?? null, files, problem: "", to: this.dataset.messages }
        outboxStore.keep(`${this.here}${String(stamp).padStart(15, "0")}-${item.client_id}`, item)
        tell("list:to-end")
        tell("outbox:waiting")
    }

    get entries() { return outboxStore.kept(this.here) }
    stampOf(key) { return Number(key.slice(this.here.length).split("-")[0]) }

    // What waits in rooms whose pages are closed need not wait for somebody to open them.
    next(isElsewhere) {
        return outboxStore.kept().find(([key, item]) => !item.problem && key.startsWith(this.here) !== Boolean(isElsewhere))?.[1]
    }

    // --- what came of it ---

    arrived(frame) {
        const entry = outboxStore.entry(frame.getAttribute("client-id"))
        if (!entry) return
        standIn(this.nodes.get(entry[1].client_id), document.getElementById(frame.querySelector(".message")?.id))
        outboxStore.drop(entry)
    }

    async press(button) {
        const clientId = button?.closest(".message")?.dataset.client
        const isBack = ["edit", "cancel"].includes(button?.dataset.do)
        if (isBack && !await this.canGiveBack(outboxStore.entry(clientId))) return
        const entry = outboxStore.entry(clientId) // if it has not been said meanwhile
        if (!entry) return
        const [key, item] = entry
        if (isBack) {
            const detail = { ...item, isTaken: false }
            tell("composer:fill", detail) // while its files are still named
            if (!detail.isTaken) return // no composer here: nobody else has these words
        } else document.getElementById("text")?.focus()
        if (button.dataset.do === "retry") outboxStore.keep(key, { ...item, problem: "", deaths: 0 })
        else outboxStore.drop(entry)
        tell("outbox:left", item.client_id)
        tell("outbox:waiting")
    }

    // Files are nobody's from the moment they are let go here: what takes them there comes first.
    async canGiveBack(entry) {
        if (!entry?.[1].files?.length) return true
        try { await fileCode() } catch {
            tell("live:refused", gettext("There is no connection. Try again."))
            return false
        }
        return this.isConnected
    }

    // --- showing ---

    changed(state) {
        this.isLive = state === "live"
        this.show()
    }

    show() {
        const entries = this.entries
        const ids = new Set(entries.map(([, item]) => item.client_id))
        for (const [id, node] of this.nodes) if (!ids.has(id)) { node.remove(); this.nodes.delete(id) }
        for (const [key, item] of entries) this.draw(this.nodes.get(item.client_id) ?? this.add(key, item), item)
        this.divide(entries[0])
    }

    // The first message of a day brings the day's name with it.
    divide(first) {
        const detail = { date: first && new Date(this.stampOf(first[0])), name: "" }
        if (first) tell("list:new-day", detail)
        this.day ??= Object.assign(document.createElement("h2"), { className: "divider divider--day" })
        if (!detail.name) return this.day.remove()
        this.day.textContent = detail.name
        this.nodes.get(first[1].client_id).before(this.day)
    }

    progress({ clientId, share }) {
        const node = this.nodes.get(clientId)
        if (!node) return
        node.querySelector("progress").value = share
        node.querySelector(".sending .button").style.visibility = share < 1 ? "" : "hidden" // the server may have it by now; the bar stays
    }

    add(key, { client_id, text, quoted, files = [] }) {
        const node = this.template.content.firstElementChild.cloneNode(true)
        node.id = `pending-${MessageOutbox.count = (MessageOutbox.count ?? 0) + 1}`
        node.dataset.client = client_id
        node.dataset.stamp = this.stampOf(key)
        node.querySelector(".prose").textContent = text
        node.querySelector("message-fold").classList.toggle("fold", text.length > LONG_TEXT || text.split("\n").length > LONG_LINES)
        const quote = node.querySelector(".message__quote")
        quote.hidden = !quoted
        quote.querySelector("bdi").textContent = quoted?.name ?? ""
        quote.querySelector("span").textContent = quoted?.words ?? ""
        node.querySelector("message-fold").hidden = !text.trim()
        this.attach(node.querySelector(".attachments"), files)
        this.append(node)
        this.nodes.set(client_id, node)
        return node
    }

    // A picture is shown from here, as large as it will be.
    attach(place, files) {
        const [picture, row] = place.children
        place.hidden = !files.length
        place.replaceChildren(...files.map(file => {
            const link = (file.width ? picture : row).cloneNode(true)
            const image = link.querySelector("img")
            if (!image) {
                link.querySelector("bdi").textContent = file.name
                link.querySelector("small").textContent = file.words
            } else {
                Object.assign(image, { width: file.width, height: file.height, alt: file.name })
                fileCode().then(() => fileStore.address(file.id)).then(address => { image.src = address }, () => {})
            }
            return link
        }))
    }

    draw(node, { problem, quoted, files = [] }) {
        node.classList.toggle("message--pending", !problem)
        node.classList.toggle("message--failed", Boolean(problem))
        node.classList.toggle("message--follow", !problem && !quoted && follows(node))
        node.querySelector(".message__note .icon").hidden = Boolean(problem)
        node.querySelector(".message__note > :last-child").textContent = problem ? gettext("not sent") : this.isLive ? gettext("sending") : gettext("waiting")
        node.querySelector(".message__foot").hidden = !problem
        node.querySelector(".sending").hidden = problem || !files.length
        const alert = node.querySelector("[role=alert]")
        if (alert.textContent !== problem) alert.textContent = problem // else it would be read out once more
    }
}

// A pending message is drawn as it will stand once it is taken, so that nothing moves then.
function follows(node) {
    const last = document.querySelector("message-list > .message:nth-last-child(1 of .message)")
    const before = node.previousElementSibling?.matches(".message") ? node.previousElementSibling : last
    if (!before || before.dataset.author !== node.dataset.author || before.matches(".message--gone, .message--failed")) return false
    return node.dataset.stamp - (before.dataset.stamp ?? new Date(before.querySelector("time").dateTime)) < TOGETHER_MS
}

// Until the server's picture is there, the one from here is seen in its place.
function standIn(pending, message) {
    const ours = pending?.querySelectorAll(".attachment img") ?? []
    message?.querySelectorAll(".attachment img").forEach((image, at) => {
        if (!ours[at] || image.complete) return
        image.style.background = `0 0 / 100% 100% url("${ours[at].src}")`
        image.addEventListener("load", () => image.removeAttribute("style"), { once: true })
    })
}

// crypto.randomUUID exists on secure origins only; a house network's address is none.
globalThis.freshId = () => {
    if (crypto.randomUUID) return crypto.randomUUID()
    const bytes = crypto.getRandomValues(new Uint8Array(16))
    bytes[6] = (bytes[6] & 0x0f) | 0x40
    bytes[8] = (bytes[8] & 0x3f) | 0x80
    const hex = [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("")
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
}

customElements.define("message-outbox", MessageOutbox)
