// The conversation in its order: places what arrives by sequence, groups it, draws the days. Which part of it is on the
// page is <history-pages>' business, and where the reader is in it <reader-place>'s.
const TOGETHER_MS = 5 * 60 * 1000
const END_PX = 16
const zone = document.body.dataset.timeZone || undefined
const dayKey = format({ year: "numeric", month: "numeric", day: "numeric" })
const dayName = format({ weekday: "long", day: "numeric", month: "long" })
const dayAndYear = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" })

class MessageList extends HTMLElement {
    late = new Map() // what came of messages while their words were being changed here

    connectedCallback() {
        this.log = this.closest(".log")
        this.isMarked = Boolean(document.getElementById("new")) // by the page
        this.stop = new AbortController()
        const life = { signal: this.stop.signal }
        this.addEventListener("htmx:beforeSwap", event => this.beforeSwap(event.detail), life)
        this.addEventListener("htmx:afterSettle", event => this.settled(event.target), life)
        this.tidyAll()
        if (!this.log) return
        document.addEventListener("live:html", event => this.take(event.detail), life)
        document.addEventListener("live:reset", event => this.reset(event.detail.html), life)
        document.addEventListener("list:edit-last", () => this.lastOwn()?.querySelector("[data-action=edit]")?.click(), life)
        document.addEventListener("list:new-day", event => this.nameDay(event.detail), life)
        document.addEventListener("list:read", () => { this.isMarked = false }, life)
        this.addEventListener("reply:go-on", event => this.renew(event.target.closest(".message"), event.detail), life)
        this.addEventListener("click", event => this.follow(event), life)
    }

    disconnectedCallback() { this.stop.abort() }

    get earlier() { return this.querySelector(":scope > .log__earlier") }
    get later() { return this.lastElementChild?.matches(".log__later") ? this.lastElementChild : null }
    get first() { return messageAt(this.firstElementChild, "nextElementSibling") }
    get last() { return messageAt(this.lastElementChild, "previousElementSibling") }
    get lastSequence() { return sequenceOf(this.last) }

    // The log lies upside down (column-reverse): its end is 0, and above it is negative. So it opens at its end by itself.
    get isAtEnd() { return !this.later && this.log.scrollTop > -END_PX }

    // --- what arrives ---

    take(frame) {
        const type = frame.getAttribute("type")
        if (!type.startsWith("message.")) return
        const isSeen = this.isAtEnd
        const article = frame.querySelector(".message")
        // For whoever asks the frame whose it is; not all of it: a long reply is thousands of nodes.
        article.replaceWith(article.cloneNode())
        const isPlaced = this.place(article)
        this.requote(frame, document.getElementById(article.id))
        if (type !== "message.created" || !(isPlaced || this.isBeyond(article))) return
        if (isPlaced && !(isSeen && !document.hidden)) this.mark(article)
        tell("list:arrived", { isSeen, article })
    }

    place(article) {
        const present = document.getElementById(article.id)
        if (present) return this.replace(present, article)
        if (!this.insert(article)) return false
        document.getElementById("empty-room")?.remove()
        this.dress(article)
        return true
    }

    // Applied by number, so that the same event twice, or an older one later, changes nothing.
    replace(present, article) {
        if (Number(present.dataset.revision) >= Number(article.dataset.revision)) return false
        const isGone = article.classList.contains("message--gone")
        // What is being typed there is not thrown away.
        if (!isGone && present.querySelector("message-edit")) return this.late.set(article.id, article) && false
        const body = present.querySelector("reply-body")
        if (!isGone && body?.held) {
            present.dataset.revision = article.dataset.revision
            body.ending = article // shown when its reader goes on
        } else this.renew(present, article)
        return true
    }

    // What is in focus there stays it, and whatever of a reply is read or selected: only what has changed gives way.
    renew(present, article) {
        const focused = present.contains(document.activeElement) && document.activeElement
        const words = present.querySelector("reply-body")
        for (const name of ["aria-busy", "data-asker", "data-attempt"]) present.removeAttribute(name)
        for (const { name, value } of article.attributes) present.setAttribute(name, value)
        const isUnfolded = present.querySelector(".fold--open")
        if (words && article.querySelector("reply-body")) renewReply(words, article)
        else renewMessage(present, article)
        if (isUnfolded) present.querySelector("message-fold")?.turn(true)
        if (focused && !present.contains(document.activeElement)) this.refocus(present, focused)
        this.dress(present)
    }

    refocus(present, { value }) {
        // Pressed again, perhaps.
        const same = [...present.querySelectorAll(".reaction")].find(reaction => reaction.value === value)
        ;(same ?? present).focus({ preventScroll: true })
    }

    dress(article) {
        // The words of a long reply are not searched.
        for (const asking of article.querySelectorAll("[hx-get], [hx-post]")) htmx.process(asking)
        this.tidy(article)
        this.tidy(next(article))
    }

    insert(article) {
        const sequence = sequenceOf(article)
        if (this.earlier && sequence < sequenceOf(this.first)) return false
        if (this.isBeyond(article)) return false
        let before = this.last
        while (before && sequenceOf(before) > sequence) before = previous(before)
        if (before) before.after(article)
        else if (this.first) this.first.before(article)
        else this.append(article)
        return true
    }

    // After the last message shown there are others first: it would leave a hole.
    isBeyond(article) { return this.later !== null && sequenceOf(article) > this.lastSequence }

    // A fresh page of messages, but what is being edited of them stays open.
    reset(html) {
        const edited = this.querySelectorAll(":scope > .message:has(message-edit)")
        const focused = this.contains(document.activeElement) && document.activeElement
        this.innerHTML = html
        this.isMarked = false
        for (const article of edited) this.querySelector(`#${article.id}:not(.message--gone)`)?.replaceWith(article)
        if (focused && this.contains(focused)) focused.focus({ preventScroll: true })
        htmx.process(this)
        this.tidyAll()
    }

    // --- how it looks ---

    tidyAll() { for (let article = this.first; article; article = next(article)) this.tidy(article) }

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
        if (!isNewDay) return divider?.remove()
        if (!divider) first.before(divider = heading("day"))
        const name = nameOf(time(article))
        if (divider.textContent !== name) divider.textContent = name
    }

    // Of what is still on its way: the name of its day, if it would be the first of that day.
    nameDay(detail) {
        if (!this.last || dayKey.format(time(this.last)) !== dayKey.format(detail.date)) detail.name = nameOf(detail.date)
    }

    // "New" stands where the reader stopped looking, until they have seen what is below.
    mark(article) {
        const there = document.getElementById("new")
        const isAboveIt = there && next(article) === next(there) // told later, but said before
        if ((this.isMarked && !isAboveIt) || article.dataset.author === document.body.dataset.user) return
        this.isMarked = true
        there?.remove()
        const divider = heading("new")
        divider.id = "new"
        divider.textContent = gettext("New")
        article.before(divider)
        this.tidy(article)
        this.tidy(next(article))
    }

    // Who answered a message sees it as it is now, even where it is not on the page itself.
    requote(frame, present) {
        const words = frame.getAttribute("excerpt")
        if (words === null || Number(present?.dataset.revision) > Number(frame.getAttribute("revision"))) return
        for (const quote of this.getElementsByClassName("message__quote"))
            if (quote.dataset.message === frame.getAttribute("message")) quote.lastElementChild.textContent = words
    }

    lastOwn() {
        let article = this.last
        while (article && (article.dataset.author !== document.body.dataset.user || article.matches(".message--gone"))) article = previous(article)
        return article
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

    // --- what is fetched ---

    beforeSwap(detail) {
        this.swapped = detail.target.matches(".message") ? detail.target.id : null
        const revision = Number(/data-revision="(\d+)"/.exec(detail.serverResponse)?.[1] ?? 0)
        if (this.swapped && revision < Number(detail.target.dataset.revision)) detail.shouldSwap = false
    }

    settled(target) {
        if (!target.matches(".message")) return
        const late = this.late.get(target.id)
        if (this.late.delete(target.id)) this.place(late)
        this.tidy(target)
        this.tidy(next(target))
        if (target.id === this.swapped && document.activeElement === document.body) target.focus({ preventScroll: true })
    }
}

function belongsTo(before, article) {
    if (!before || article.matches(".reply, .message--gone") || before.matches(".reply, .message--gone")) return false
    if (article.previousElementSibling !== before || before.dataset.author !== article.dataset.author) return false
    return time(article) - time(before) < TOGETHER_MS && !article.querySelector(".message__quote")
}

function messageAt(element, direction) {
    while (element && !element.matches(".message")) element = element[direction]
    return element
}

function previous(article) { return messageAt(article.previousElementSibling, "previousElementSibling") }
function next(article) { return messageAt(article.nextElementSibling, "nextElementSibling") }
function sequenceOf(article) { return Number(article?.dataset.sequence ?? 0) }
function time(article) { return new Date(article.querySelector("time").dateTime) }

function heading(kind) { return Object.assign(document.createElement("h2"), { className: `divider divider--${kind}` }) }

function nameOf(date) { return (date.getFullYear() === new Date().getFullYear() ? dayName : dayAndYear).format(date) }

function format(options) {
    try { return new Intl.DateTimeFormat(undefined, { ...options, timeZone: zone }) }
    catch { return new Intl.DateTimeFormat(undefined, options) }
}

customElements.define("message-list", MessageList)
