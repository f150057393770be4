// The conversation in its order: places what arrives by sequence, groups it, draws the days, keeps the reader's place.
const TOGETHER_MS = 5 * 60 * 1000
const END_PX = 48
const zone = document.body.dataset.timeZone || undefined
const dayKey = format({ year: "numeric", month: "numeric", day: "numeric" })
const dayName = format({ weekday: "long", day: "numeric", month: "long" })

class MessageList extends HTMLElement {
    missed = 0 // the highest sequence that came while the page did not show the end

    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal } // panes are swapped: what is heard of the document ends with this one
        this.log = this.closest(".log")
        this.tidyAll()
        this.addEventListener("htmx:afterSettle", () => this.settled())
        if (!this.log) return
        document.addEventListener("live:html", event => this.take(event.detail), life)
        document.addEventListener("live:reset", event => this.reset(event.detail.html), life)
        document.addEventListener("list:to-end", () => this.toEnd(), life)
        document.addEventListener("list:edit-last", () => this.lastOwn()?.querySelector("[data-action=edit]")?.click(), life)
        document.addEventListener("visibilitychange", () => this.read(), life)
        this.log.addEventListener("scroll", () => this.moved(), { passive: true })
        this.addEventListener("click", event => this.follow(event))
        this.addEventListener("htmx:beforeSwap", event => this.beforeSwap(event.detail))
        this.wasRead = this.later ? 0 : this.lastSequence
        this.open()
    }

    disconnectedCallback() { this.stop.abort() }

    get articles() { return [...this.querySelectorAll(":scope > .message")] }
    get later() { return this.querySelector(":scope > .log__later") }
    get earlier() { return this.querySelector(":scope > .log__earlier") }
    get lastSequence() { return Number(this.articles.at(-1)?.dataset.sequence ?? 0) }

    // The log lies upside down (column-reverse): its end is 0, and above it is negative. So it opens at its end by itself.
    get isAtEnd() { return !this.later && this.log.scrollTop > -END_PX }

    // --- what arrives ---

    take(frame) {
        const type = frame.getAttribute("type")
        if (!type.startsWith("message.")) return
        const wasAtEnd = this.isAtEnd
        const article = document.importNode(frame.querySelector(".message"), true)
        const isOwn = article.dataset.author === document.body.dataset.user
        const isPlaced = this.place(article)
        if (type !== "message.created" || !(isPlaced || this.isBeyond(article))) return
        if (wasAtEnd || (isOwn && !this.later)) this.log.scrollTop = 0
        tell("list:arrived", { isSeen: this.isAtEnd })
        this.read()
    }

    place(article) {
        const present = document.getElementById(article.id)
        if (present ? !this.replace(present, article) : !this.insert(article)) return false
        document.getElementById("empty-room")?.remove()
        htmx.process(article)
        this.tidy(article)
        this.tidy(next(article))
        this.requote(article)
        return true
    }

    // Applied by number, so that the same event twice, or an older one later, changes nothing.
    replace(present, article) {
        if (Number(present.dataset.revision) >= Number(article.dataset.revision)) return false
        const isGone = article.classList.contains("message--gone")
        if (!isGone && present.querySelector("message-edit")) return false // what is being typed there is not thrown away
        const written = present.ariaBusy && article.ariaBusy ? present.querySelector("reply-body") : null
        present.replaceWith(article)
        if (written?.attempt) {
            article.querySelector("reply-body").replaceWith(written)
            written.showState()
        }
        return true
    }

    insert(article) {
        const sequence = Number(article.dataset.sequence)
        const articles = this.articles
        if (this.earlier && sequence < Number(articles[0]?.dataset.sequence)) return false
        if (this.isBeyond(article)) {
            this.missed = Math.max(this.missed, sequence)
            return false
        }
        const before = articles.findLast(other => Number(other.dataset.sequence) < sequence)
        if (before) before.after(article)
        else if (articles.length) articles[0].before(article)
        else this.append(article)
        return true
    }

    // After the last message shown there are others first: it would leave a hole.
    isBeyond(article) { return this.later !== null && Number(article.dataset.sequence) > this.lastSequence }

    reset(html) {
        this.innerHTML = html
        htmx.process(this)
        this.tidyAll()
        this.read()
    }

    // --- how it looks ---

    tidyAll() { this.articles.forEach(article => this.tidy(article)) }

    tidy(article) {
        if (!article) return
        const before = previous(article)
        this.divide(article, !before || dayKey.format(time(before)) !== dayKey.format(time(article)))
        article.classList.toggle("message--follow", belongsTo(before, article))
    }

    divide(article, isNewDay) {
        let first = article
        let divider = null
        while (first.previousElementSibling?.matches(".divider")) {
            first = first.previousElementSibling
            if (first.matches(".divider--day")) divider = first
        }
        if (!isNewDay) divider?.remove()
        else if (!divider) first.before(day(time(article)))
    }

    // Who answered a message sees it as it is now.
    requote(article) {
        const id = article.id.replace("message-", "")
        const words = article.querySelector(".message__body > p, .prose")?.textContent.replace(/\s+/g, " ").trim().slice(0, 200)
        for (const quote of this.querySelectorAll(`.message__quote[data-message="${id}"] > span`)) quote.textContent = words
    }

    // --- where the reader is ---

    open() {
        const target = document.getElementById(location.hash.slice(1))
        const place = (this.contains(target) && target) || this.querySelector(".divider--new")
        place?.scrollIntoView({ block: "center" })
        this.moved()
    }

    moved() {
        tell("list:moved", { isAtEnd: this.isAtEnd })
        this.read()
    }

    read() {
        if (document.hidden || !this.isAtEnd || this.lastSequence <= this.wasRead) return
        const detail = { command: { type: "read", sequence: this.lastSequence } }
        document.dispatchEvent(new CustomEvent("live:send", { detail }))
        if (detail.isSent) this.wasRead = this.lastSequence
    }

    toEnd() {
        if (this.later) location.assign(location.pathname)
        this.log.scrollTop = 0
    }

    lastOwn() {
        return this.articles.findLast(article => article.dataset.author === document.body.dataset.user && !article.matches(".message--gone"))
    }

    // To a message that is on the page it is not far.
    follow(event) {
        const link = event.target.closest(".message__quote, .message__time")
        const target = link && document.getElementById(new URL(link.href).hash.slice(1))
        if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        location.hash = target.id
        target.focus({ preventScroll: true })
    }

    // --- pages of history ---

    beforeSwap(detail) {
        const revision = Number(/data-revision="(\d+)"/.exec(detail.serverResponse)?.[1] ?? 0)
        if (detail.target.matches(".message") && revision < Number(detail.target.dataset.revision)) detail.shouldSwap = false
        if (!detail.target.matches(".log__earlier, .log__later")) return
        const held = detail.target.matches(".log__later") ? this.articles.at(-1) : this.articles[0]
        this.held = held && { id: held.id, top: held.getBoundingClientRect().top }
    }

    settled() {
        this.tidyAll()
        const held = this.held && document.getElementById(this.held.id)
        if (held) this.log.scrollTop += held.getBoundingClientRect().top - this.held.top
        this.held = null
        if (!this.later && this.missed > this.lastSequence) this.catchUp()
    }

    // What came while the last page was on its way.
    catchUp() {
        const url = `${this.closest("chat-live").dataset.messages}?after=${this.lastSequence}`
        this.missed = 0
        htmx.ajax("GET", url, { target: this, swap: "beforeend" })
    }
}

function belongsTo(before, article) {
    if (!before || !before.matches(".message") || article.matches(".reply, .message--gone") || before.matches(".reply, .message--gone")) return false
    if (article.previousElementSibling !== before || before.dataset.author !== article.dataset.author) return false
    return time(article) - time(before) < TOGETHER_MS && !article.querySelector(".message__quote")
}

function previous(article) { return sibling(article, "previousElementSibling") }
function next(article) { return sibling(article, "nextElementSibling") }

function sibling(article, direction) {
    let other = article[direction]
    while (other && !other.matches(".message")) other = other[direction]
    return other
}

function time(article) { return new Date(article.querySelector("time").dateTime) }

function day(date) {
    const heading = document.createElement("h2")
    heading.className = "divider divider--day"
    heading.textContent = dayName.format(date)
    return heading
}

function format(options) {
    try { return new Intl.DateTimeFormat(undefined, { ...options, timeZone: zone }) }
    catch { return new Intl.DateTimeFormat(undefined, options) }
}

function tell(name, detail) { document.dispatchEvent(new CustomEvent(name, { detail })) }

customElements.define("message-list", MessageList)
