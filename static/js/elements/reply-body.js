// An assistant's words while they are written. A finished block is never touched again; raw text goes behind the open one.
// While its reader holds it, the words grow on a sheet of their own that nobody sees.
const BLOCKS = "p,h1,h2,h3,h4,h5,h6,ul,ol,li,blockquote,pre,figure,div,table,thead,tbody,tr,td,th,dl,dd,dt,details"

class ReplyBody extends HTMLElement {
    attempt = 0
    sequence = 0
    held = null
    isWritten = false // by the frames that come now

    get sheet() { return this.held ?? this }

    // Replaces whatever is shown: what a page brings of a running reply is a preview only.
    start(frame) {
        if (this.closest(".reply").ariaBusy !== "true") return // it is over: another attempt comes behind its message
        const attempt = Number(frame.getAttribute("attempt"))
        const sequence = Number(frame.getAttribute("sequence"))
        if (attempt < this.attempt || (attempt === this.attempt && sequence < this.sequence)) return
        if (this.attempt && attempt > this.attempt) this.thoughts?.remove()
        this.attempt = attempt
        this.sequence = sequence
        this.thought = 0
        const fresh = document.createElement("div")
        take(fresh, frame)
        if (this.held) this.held = fresh
        else this.settle(fresh.childNodes)
        this.isWritten = true
        this.showState()
    }

    // True if a frame in between is missing, so that the page has to ask.
    grow(frame) {
        const attempt = Number(frame.getAttribute("attempt"))
        const sequence = Number(frame.getAttribute("sequence"))
        if (attempt < this.attempt || (attempt === this.attempt && (sequence <= this.sequence || !this.isWritten))) return false
        if (attempt > this.attempt || sequence > this.sequence + 1) return true
        this.sequence = sequence
        if (this.held || !frame.querySelector("reply-block, reply-part")) take(this.sheet, frame)
        else keepingSelection(this, () => take(this, frame))
        this.showState()
        return false
    }

    get thoughts() { return this.closest(".message__body").querySelector(".reasoning") }

    // More of them is raw text; all of them come in their folds. True as with grow().
    think(frame) {
        const attempt = Number(frame.getAttribute("attempt"))
        const sequence = Number(frame.getAttribute("sequence"))
        const fresh = frame.querySelector("details")
        if (attempt < this.attempt || (attempt === this.attempt && !fresh && sequence <= this.thought)) return false
        if (attempt > this.attempt || !(fresh || sequence === this.thought + 1)) return true
        this.thought = sequence
        if (fresh) this.unfold(fresh)
        else this.thoughts.lastElementChild.append(frame.textContent)
        return false
    }

    unfold(fresh) {
        fresh.open = this.thoughts?.open ?? false
        this.thoughts?.remove()
        this.before(fresh)
        this.thinksSince = Date.now() - 1000 * (fresh.dataset.age ?? 0)
    }

    showState() {
        const reply = this.closest(".reply")
        const state = this.childElementCount ? "reply--streaming" : "reply--thinking"
        if (reply.classList.contains(state)) return
        reply.classList.remove("reply--queued", "reply--thinking", "reply--streaming", "reply--complete", "reply--stopped", "reply--failed", "reply--interrupted")
        reply.classList.add(state)
        reply.querySelectorAll(".reply__wait, .reply__problem").forEach(other => other.remove())
        if (state === "reply--thinking") this.after(thinking()) // its turn has come
        else if (this.thinksSince && this.thoughts) {
            const seconds = Math.round((Date.now() - this.thinksSince) / 1000)
            this.thoughts.querySelector("summary").lastElementChild.textContent = seconds ? gettext("Thought for %s s").replace("%s", seconds) : gettext("Thought for a moment")
        }
    }

    // --- held by the reader ---

    hold() {
        this.held = document.createElement("div")
        this.held.append(...[...this.childNodes].map(copyOf))
    }

    goOn() {
        const { held, ending } = this
        this.held = this.ending = null
        if (!ending?.querySelector("reply-body") || ending.ariaBusy) this.settle(held.childNodes)
        if (ending) this.dispatchEvent(new CustomEvent("reply:go-on", { bubbles: true, detail: ending }))
        else this.showState()
    }

    get wordsWaiting() {
        const coming = this.ending && !this.ending.ariaBusy ? this.ending.querySelector("reply-body") : this.held
        return coming ? Math.max(0, wordsOf(coming).length - wordsOf(this).length) : 0
    }

    get words() { return wordsOf(this).length }

    // With how many of these blocks a finished text begins, and where in it they end. Mostly only the last is another.
    begins(html) {
        if (this.held) return { kept: 0, end: 0 }
        const coming = bare(html), ours = bare(this.innerHTML)
        let kept = this.childNodes.length, end = ours.length
        for (let node = this.lastChild; node && !coming.startsWith(ours.slice(0, end)); node = node.previousSibling) {
            if (/[^ \n]/.test(node.data ?? "")) return { kept: 0, end: 0 } // written down it may be longer
            kept -= 1
            end -= plain(node).length
        }
        let marks = 0
        for (const { 0: mark, index } of html.matchAll(OURS)) if (index - marks < end) marks += mark.length
        return { kept, end: end + marks }
    }

    // Blocks that are there already stay the nodes they are. Mostly that is all of them. `kept` of them have not come again.
    settle(fresh, kept = 0) {
        const same = fresh[0]?.parentNode
        if (!kept && same?.matches("reply-body") && bare(same.innerHTML) === bare(this.innerHTML)) return [...this.children].forEach(block => block.removeAttribute("data-block"))
        settleIn(this, fresh, kept)
    }
}

// --- frames ---

function take(sheet, frame) {
    for (const piece of [...frame.children]) {
        if (piece.localName === "reply-block") place(sheet, piece)
        else if (piece.localName === "reply-part") patch(sheet, piece)
        else if (piece.localName === "reply-tail") appendTail(sheet, piece)
    }
}

function place(sheet, piece) {
    const index = Number(piece.getAttribute("index"))
    const fresh = [...piece.children]
    for (const node of fresh) node.dataset.block = index
    const old = nodesOf(sheet, index)
    if (old.some(node => node.matches(".code--wrap"))) fresh[0]?.classList.add("code--wrap")
    const before = old[0]?.previousElementSibling ?? lastBefore(sheet, index)
    old.forEach(node => node.remove())
    if (before) before.after(...fresh)
    else sheet.prepend(...fresh)
}

// The last items of a list, or rows of a table: those before them are over, and stay the nodes they are.
function patch(sheet, piece) {
    const block = nodesOf(sheet, Number(piece.getAttribute("index"))).at(-1)
    const list = block?.querySelector(":scope > table > tbody") ?? block
    const position = Number(piece.getAttribute("position"))
    if (!list?.matches("ul, ol, tbody") || list.childElementCount < position) return
    while (list.childElementCount > position) list.lastElementChild.remove()
    list.append(...(piece.querySelector(":scope > table > tbody") ?? piece).children)
}

function appendTail(sheet, piece) {
    const index = Number(piece.getAttribute("index"))
    const end = innermost(nodesOf(sheet, index).at(-1) ?? paragraph(sheet, index))
    const last = end.lastElementChild
    if (last?.className === "prose__tail") last.append(piece.textContent)
    else end.append(tail(piece.textContent))
}

function paragraph(sheet, index) {
    const paragraph = document.createElement("p")
    paragraph.dataset.block = index
    sheet.append(paragraph)
    return paragraph
}

// From the end, where things happen: what is finished costs nothing.
function lastBefore(sheet, index) {
    let node = sheet.lastElementChild
    while (node && Number(node.dataset.block) >= index) node = node.previousElementSibling
    return node
}

function nodesOf(sheet, index) {
    const found = []
    let node = sheet.lastElementChild
    while (node && Number(node.dataset.block) > index) node = node.previousElementSibling
    for (; node && Number(node.dataset.block) === index; node = node.previousElementSibling) found.unshift(node)
    return found
}

// Where the next word belongs: the last block inside, and in a code fence the code itself.
function innermost(block) {
    if (block.matches("figure")) return block.querySelector("pre code") ?? block
    const last = [...block.children].findLast(child => !child.matches("td, th") || child.firstChild) ?? block.lastElementChild
    return last?.matches(BLOCKS) && !block.lastChild.data?.trim() ? innermost(last) : block
}

function tail(textContent) { return Object.assign(document.createElement("span"), { className: "prose__tail", textContent }) }
function thinking() { return Object.assign(document.createElement("p"), { className: "reply__wait", textContent: gettext("Thinking") }) }

// What comes first and is as it was stays; the rest gives way.
globalThis.settleIn = (place, fresh, kept = 0) => keepingSelection(place, () => {
    const coming = [...fresh]
    let here = place.firstChild
    for (; kept; kept -= 1) {
        here.removeAttribute?.("data-block")
        here = here.nextSibling
    }
    while (here && coming.length && plain(here) === plain(coming[0])) {
        const { block } = coming.shift().dataset ?? {}
        if (block !== undefined) here.dataset.block = block
        else if (here.dataset) delete here.dataset.block
        here = here.nextSibling
    }
    while (here) {
        const gone = here
        here = here.nextSibling
        gone.remove()
    }
    place.append(...coming)
})

// What it says, without what the page has put on. To write it down is quicker than to copy it.
const OURS = /<code-copy>.*?<\/code-copy>| data-block="\d+"| tabindex="-?\d"| code--wrap/gs
function plain(node) { return bare(node.outerHTML ?? node.data) }
function bare(html) { return html.replace(OURS, "") }

function copyOf(node) {
    const copy = node.cloneNode(true)
    copy.querySelectorAll?.("code-copy").forEach(tools => tools.remove())
    return copy
}

// Blocks and lines touch each other without a space between them. What heads code was not said.
globalThis.wordsOf = prose => {
    const copy = copyOf(prose)
    copy.querySelectorAll(".code__head").forEach(head => head.remove())
    copy.querySelectorAll(`${BLOCKS},br`).forEach(block => block.before(" "))
    return copy.textContent.match(/\S+/g) ?? []
}

customElements.define("reply-body", ReplyBody)
