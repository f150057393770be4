// Where the reader is in the conversation: what they look at stays where it is whatever comes, goes or grows; at the end
// they stay at the end. And what they have really seen is told to the server.
const DWELL_MS = 250
const STEPS = Array.from({ length: 21 }, (_, step) => step / 20)

class ReaderPlace extends HTMLElement {
    visible = new Set()

    connectedCallback() {
        this.log = this.closest(".log")
        this.list = this.log.querySelector("message-list")
        this.lastRead = this.told = Number(this.list.dataset.read ?? Infinity) // who is no member has no pointer
        this.stop = new AbortController()
        const life = { signal: this.stop.signal }
        this.log.addEventListener("scroll", () => this.moved(), { passive: true, ...life })
        this.log.addEventListener("click", event => this.unfold(event.target.closest("summary, .fold__more, [data-do=wrap]")), { capture: true, ...life })
        document.addEventListener("list:to-end", () => this.toEnd(), life)
        document.addEventListener("list:arrived", event => this.arrived(event.detail.article), life)
        document.addEventListener("visibilitychange", () => this.look(), life)
        document.addEventListener("live:state", () => this.look(), life)
        document.addEventListener("live:json", event => this.hear(event.detail), life)
        this.watch()
        this.open()
    }

    disconnectedCallback() {
        this.stop.abort()
        clearTimeout(this.dwell) // it would be read of the room that comes
        for (const observer of [this.sizes, this.sight, this.comings]) observer.disconnect()
    }

    watch() {
        this.sizes = new ResizeObserver(() => this.keep())
        for (const box of [this.log, this.log.firstElementChild]) this.sizes.observe(box)
        this.sight = new IntersectionObserver(entries => this.see(entries), { root: this.log, threshold: STEPS })
        this.comings = new MutationObserver(changes => changes.forEach(change => this.follow(change)))
        this.comings.observe(this.list, { childList: true })
        this.follow({ addedNodes: this.list.children, removedNodes: [] })
    }

    follow({ addedNodes, removedNodes }) {
        for (const node of removedNodes) {
            if (node.nodeType === Node.ELEMENT_NODE) this.sight.unobserve(node)
            this.visible.delete(node)
        }
        for (const node of addedNodes) if (node.matches?.(".message")) this.sight.observe(node)
    }

    // --- the place ---

    open() {
        openAtPlace(this.list, this.log)
        this.moved()
        queueMicrotask(() => this.tellPlace()) // for those who come with the same page, but later
    }

    moved() {
        this.isAtEnd = this.list.isAtEnd
        if (this.log.scrollTop > 0) this.log.scrollTop = 0 // a fraction below the end, from where the browser would not stay there
        if (this.isAtEnd || !this.held?.isConnected || Math.abs(this.drift) >= 1) this.hold(this.isAtEnd ? null : this.topmost())
        this.tellPlace()
    }

    tellPlace() { tell("list:moved", { isAtEnd: this.isAtEnd }) }

    // The innermost thing at the upper edge: the message around it may change above that edge.
    topmost() {
        const { left, top, width } = this.log.getBoundingClientRect()
        for (let y = top + 4; y < top + 200; y += 24) {
            const found = document.elementFromPoint(left + width / 2, y)
            if (found?.closest("message-list > .message")) return found
        }
        return null
    }

    hold(held) {
        this.held = held
        this.message = held?.closest(".message")
        this.top = held?.getBoundingClientRect().top
        this.messageTop = this.message?.getBoundingClientRect().top
    }

    // Less than a pixel is the browser's rounding: to take it for the place would add up.
    get drift() { return this.held.getBoundingClientRect().top - this.top }

    // Before anything of it is painted.
    keep() {
        if (this.isAtEnd) this.log.scrollTop = 0
        else if (!this.held?.isConnected) this.keepMessage()
        else if (Math.abs(this.drift) >= 1) this.log.scrollTop += this.drift
    }

    keepMessage() {
        if (this.message?.isConnected) this.log.scrollTop += this.message.getBoundingClientRect().top - this.messageTop
        this.hold(this.topmost())
    }

    // What one opens opens downwards, even at the end, and what closes it stays under the pointer.
    unfold(control) {
        if (!control) return
        this.isAtEnd = false
        this.hold(control.ariaExpanded === "false" ? control.closest(".message") : control)
    }

    toEnd() {
        this.log.scrollTop = 0
        this.moved()
    }

    // --- what was seen ---

    // Whoever writes has read so far, and is a member from then on.
    arrived({ dataset }) {
        if (dataset.author !== document.body.dataset.user) return
        this.lastRead = this.told = Number(dataset.sequence)
        document.querySelector(".header__join")?.setAttribute("hidden", "")
    }

    see(entries) {
        for (const { target, isIntersecting, intersectionRatio, intersectionRect, rootBounds } of entries) {
            const isSeen = isIntersecting && (intersectionRatio >= 0.5 || intersectionRect.height >= rootBounds.height / 2)
            this.visible[isSeen ? "add" : "delete"](target)
        }
        this.look()
    }

    look() {
        clearTimeout(this.dwell)
        if (!document.hidden) this.dwell = setTimeout(() => this.read(), DWELL_MS)
    }

    // The pointer says that all before it was read, too: it waits where there is a gap, unless this is the end of the room.
    read() {
        const seen = Math.max(0, ...[...this.visible].map(article => Number(article.dataset.sequence)))
        const isWithoutGap = Number(this.list.first?.dataset.sequence) <= this.told + 1
        if (document.hidden || seen <= this.told || !(isWithoutGap || this.list.isAtEnd)) return
        const detail = { command: { type: "read", sequence: seen } }
        tell("live:send", detail)
        if (detail.isSent) this.reached(seen)
    }

    hear(frame) {
        if (frame.type === "heartbeat" || frame.type === "synced") {
            this.told = this.lastRead // what was not answered by now may have been told to nobody
            this.look()
        } else if (frame.type === "read" && frame.room === this.closest("chat-live").dataset.room) {
            this.lastRead = Math.max(this.lastRead, frame.sequence)
            this.reached(this.lastRead)
        }
    }

    reached(sequence) {
        this.told = Math.max(this.told, sequence)
        if (this.told >= this.list.lastSequence) tell("list:read")
    }
}

customElements.define("reader-place", ReaderPlace)
