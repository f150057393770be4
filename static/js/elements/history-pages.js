// Which part of the conversation is on the page. Pages of history come while one scrolls; what is farthest from the reader
// goes when there is too much, and a link stays where it was.
const MOST = 300
const FAR = 600
const HUSH_MS = 1_000 // until those who read out have heard of it

class HistoryPages extends HTMLElement {
    revision = Infinity // of the page that is being put in

    connectedCallback() {
        this.log = this.closest(".log")
        this.list = this.log.querySelector("message-list")
        this.articles = this.list.getElementsByClassName("message") // live
        this.stop = new AbortController()
        const life = { signal: this.stop.signal }
        this.list.addEventListener("htmx:beforeSwap", event => this.leave(event.detail), life)
        this.list.addEventListener("htmx:afterSettle", () => this.settled(), life)
        document.addEventListener("list:arrived", event => this.arrived(event.detail), life)
        document.addEventListener("live:reset", () => this.hush(), life)
        document.addEventListener("list:to-end", () => { if (this.list.later) this.toNewest() }, life)
    }

    disconnectedCallback() { this.stop.abort() }

    arrived({ isSeen }) {
        if (this.articles.length > MOST) this.trim(isSeen ? "earlier" : this.farther())
    }

    leave(swap) {
        const { target, xhr, shouldSwap } = swap
        if (!shouldSwap) return
        if (target.matches(".log__earlier")) this.far = "later"
        else if (target.matches(".log__later")) this.far = "earlier"
        else return
        const revision = xhr.getResponseHeader("X-Room-Revision")
        if (!revision) return void (swap.shouldSwap = false) // see newest()
        this.hush()
        if (target.matches(":focus")) this.log.focus({ preventScroll: true }) // it goes
        this.revision = Math.min(this.revision, Number(revision))
    }

    // What was said before is no news: it is not read out.
    hush() {
        this.log.ariaLive = "off"
        clearTimeout(this.hushed)
        this.hushed = setTimeout(() => { this.log.ariaLive = null }, HUSH_MS)
    }

    // Each message of a page is told by itself; the page is dealt with once.
    settled() {
        const { far, revision } = this
        this.far = null
        this.revision = Infinity
        if (far) queueMicrotask(() => this.paged(far, revision))
    }

    paged(far, revision) {
        if (this.articles.length > MOST) this.trim(far)
        tell("live:shown", revision)
    }

    // The end is far from what is shown: its page takes the place of all that.
    async toNewest() {
        try {
            const { html, revision } = await newest(this.messages)
            if (!this.isConnected) return
            tell("live:reset", { html })
            tell("live:shown", revision)
            tell("list:to-end")
        } catch {
            tell("live:refused", gettext("There is no connection: what is new here could not be loaded."))
        }
    }

    get messages() { return this.closest("chat-live").dataset.messages }

    address(bound, sequence) { return `${this.messages}?${bound}=${sequence}` }

    // --- at most so many ---

    farther() {
        const { scrollTop, scrollHeight, clientHeight } = this.log
        return scrollHeight - clientHeight + scrollTop > -scrollTop ? "earlier" : "later"
    }

    // What is being changed stays, and what is beyond it; so does what is in focus, until its reader has gone far away.
    trim(far) {
        const edge = () => far === "earlier" ? this.list.first : this.list.last
        while (this.articles.length > MOST && !edge().matches(`:has(message-edit)${this.articles.length > FAR ? "" : ", :focus-within"}`)) {
            if (edge().matches(":focus-within")) this.log.focus({ preventScroll: true })
            edge().remove()
        }
        this.mend(far, edge())
    }

    mend(far, edge) {
        const outward = far === "earlier" ? "previousElementSibling" : "nextElementSibling"
        while (edge[outward]) edge[outward].remove()
        const link = wayOn(far, this.address(far === "earlier" ? "before" : "after", edge.dataset.sequence))
        edge[far === "earlier" ? "before" : "after"](link)
        htmx.process(link)
        this.list.tidy(edge)
    }
}

function wayOn(far, address) {
    const textContent = far === "earlier" ? gettext("Earlier messages") : gettext("Later messages")
    const link = Object.assign(document.createElement("a"), { className: `log__${far}`, textContent, href: address })
    link.setAttribute("hx-get", address)
    link.setAttribute("hx-trigger", "click, intersect once")
    link.setAttribute("hx-swap", "outerHTML")
    return link
}

customElements.define("history-pages", HistoryPages)
