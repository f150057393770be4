// Which part of the conversation is on the page. Pages of history come while one scrolls; what is farthest from the reader
// goes when there is too much, and a link stays where it was.
const MOST = 300

class HistoryPages extends HTMLElement {
    missed = 0 // the highest sequence that came while the page did not show the end

    connectedCallback() {
        this.log = this.closest(".log")
        this.list = this.log.querySelector("message-list")
        this.articles = this.list.getElementsByClassName("message") // live
        this.stop = new AbortController()
        const life = { signal: this.stop.signal }
        this.list.addEventListener("htmx:beforeSwap", event => this.leave(event.detail.target), life)
        this.list.addEventListener("htmx:afterSettle", () => this.settled(), life)
        document.addEventListener("list:arrived", event => this.arrived(event.detail), life)
        document.addEventListener("live:reset", () => { this.missed = 0 }, life)
        document.addEventListener("list:to-end", () => { if (this.list.later) this.toNewest() }, life)
    }

    disconnectedCallback() { this.stop.abort() }

    arrived({ article, isSeen }) {
        const sequence = Number(article.dataset.sequence)
        if (sequence > this.list.lastSequence) this.missed = Math.max(this.missed, sequence)
        if (this.articles.length > MOST) this.trim(isSeen ? "earlier" : this.farther())
    }

    leave(target) {
        if (target.matches(".log__earlier")) this.far = "later"
        else if (target.matches(".log__later") || target === this.list) this.far = "earlier"
    }

    // Each message of a page is told by itself; the page is dealt with once.
    settled() {
        const { far } = this
        this.far = null
        if (far) queueMicrotask(() => this.paged(far))
    }

    paged(far) {
        if (this.articles.length > MOST) this.trim(far)
        if (!this.list.later && this.missed > this.list.lastSequence) this.catchUp()
    }

    // What came while the last page was on its way.
    catchUp() {
        this.missed = 0
        htmx.ajax("GET", this.address("after", this.list.lastSequence), { target: this.list, swap: "beforeend" })
    }

    // The end is far from what is shown: its page takes the place of all that.
    async toNewest() {
        try {
            const html = await fragment(this.messages)
            if (!this.isConnected) return
            document.dispatchEvent(new CustomEvent("live:reset", { detail: { html } }))
            document.dispatchEvent(new CustomEvent("list:to-end"))
        } catch {
            document.dispatchEvent(new CustomEvent("live:refused", { detail: gettext("There is no connection: what is new here could not be loaded.") }))
        }
    }

    get messages() { return this.closest("chat-live").dataset.messages }

    address(bound, sequence) { return `${this.messages}?${bound}=${sequence}` }

    // --- at most so many ---

    farther() {
        const { scrollTop, scrollHeight, clientHeight } = this.log
        return scrollHeight - clientHeight + scrollTop > -scrollTop ? "earlier" : "later"
    }

    // What is being changed or is in focus stays, and what is beyond it.
    trim(far) {
        const edge = () => far === "earlier" ? this.list.first : this.list.last
        while (this.articles.length > MOST && !edge().matches(":focus-within, :has(message-edit)")) edge().remove()
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
    const link = document.createElement("a")
    link.className = `log__${far}`
    link.href = address
    link.textContent = far === "earlier" ? gettext("Earlier messages") : gettext("Later messages")
    link.setAttribute("hx-get", address)
    link.setAttribute("hx-trigger", "click, intersect once")
    link.setAttribute("hx-swap", "outerHTML")
    return link
}

customElements.define("history-pages", HistoryPages)
