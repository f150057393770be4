// Three ways for a room's events to come, best first, and what comes on them. A line tells its <chat-live>: heard(line, text), closed(line, {code, reason}).
const ASK_MS = 3_000
const LIMIT_MS = 15_000
const CODES = { 401: 4401, 404: 4404, 429: 4429 } // as a socket would be closed

class SocketLine {
    by = "socket"

    constructor(live) {
        const scheme = location.protocol === "https:" ? "wss" : "ws"
        this.socket = new WebSocket(`${scheme}://${location.host}/ws/rooms/${live.dataset.room}/`, ["chat.html.v1"])
        this.socket.addEventListener("open", () => live.opened(this))
        this.socket.addEventListener("message", event => live.heard(this, event.data))
        this.socket.addEventListener("close", event => live.closed(this, event))
    }

    send(command) {
        if (this.socket.readyState !== WebSocket.OPEN) return false
        this.socket.send(JSON.stringify(command))
        return true
    }

    sync(since, tally) { return this.send({ type: "sync", since, tally }) }
    close() { this.socket.close() }
}

// What both of the others do: ask by HTTP, and say how that ended.
class HttpLine {
    constructor(live) {
        this.live = live
        this.stop = new AbortController()
        this.run().catch(() => 1006).then(code => { if (!this.stop.signal.aborted) live.closed(this, { code }) })
    }

    async ask(address, accept, signal = this.stop.signal) {
        const answer = await fetch(address, { signal, cache: "no-store", headers: { Accept: accept } })
        if (answer.ok && !answer.redirected) return answer
        throw this.live.closed(this, { code: answer.redirected ? 4401 : CODES[answer.status] ?? 1006, reason: answer.headers.get("Retry-After") })
    }

    // All that can be said is what was read. Of the answer one hears as of the frame by which a socket answers.
    send({ type, sequence }) {
        if (!this.live.isLive || type !== "read") return false
        const { room } = this.live.dataset
        fragment(`/rooms/${room}/read?sequence=${sequence}`).then(said => said.startsWith("<svg") && tell("live:json", { type, room, sequence }), () => {})
        return true
    }

    close() { this.stop.abort() }
}

// Server-sent events, read by hand: an EventSource does not tell why it was refused.
class StreamLine extends HttpLine {
    by = "stream"

    async run() {
        const { room, tally = "" } = this.live.dataset
        const answer = await this.ask(`/rooms/${room}/events/?format=html&since=${this.live.revision}&tally=${tally}`, "text/event-stream")
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
        for (let text = "", part; !(part = await reader.read()).done;) {
            const events = (text + part.value).split("\n\n")
            text = events.pop()
            for (const event of events) this.live.heard(this, event.split("\n").filter(line => line.startsWith("data: ")).map(line => line.slice(6)).join("\n"))
        }
        return 1006
    }

    // Nothing can be said on it: it begins anew where the page stands, and brings the rest. What it would have told of
    // other rooms meanwhile is found by a tally that is nobody's.
    sync() {
        this.close()
        this.live.dataset.tally = 0
        this.live.connect()
        return true
    }
}

class AskingLine extends HttpLine {
    by = "asking"

    async run() {
        for (;;) {
            const signal = AbortSignal.any([this.stop.signal, AbortSignal.timeout(LIMIT_MS)])
            const { messages, tally = 0 } = this.live.dataset
            const answer = await this.ask(`${messages}?since=${this.live.revision}&tally=${tally}`, "application/json", signal)
            const { user, frames } = await answer.json()
            if (!this.live.isFor(user)) return
            for (const frame of frames) this.live.heard(this, frame)
            await new Promise(resolve => { setTimeout(resolve, ASK_MS) })
            if (this.stop.signal.aborted) return 1006
        }
    }

    // At once, and without what is being answered: it was asked from where the page stood then.
    sync() {
        this.close()
        this.live.connect()
        return true
    }
}

globalThis.liveLines = [SocketLine, StreamLine, AskingLine]

// The end of a reply brings all its words once more. Mostly they stand there already, and are not made again.
globalThis.liveFrame = html => {
    const id = /^<chat-frame type="message.updated"[^>]* message="(\d+)"/.exec(html)?.[1]
    const words = id && document.querySelector(`#message-${id} reply-body`)
    const start = html.indexOf(">", html.indexOf("<reply-body ")), stop = html.lastIndexOf("</reply-body>")
    if (words && stop > start) {
        const { kept, end } = words.begins(html.slice(start + 1, stop))
        html = `${html.slice(0, start)} data-kept="${kept}">${html.slice(start + 1 + end)}`
    }
    return Object.assign(document.createElement("template"), { innerHTML: html }).content.firstElementChild
}
