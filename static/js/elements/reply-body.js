// An assistant's words while they are written. A finished block is never touched again; raw text goes behind the open one.
const BLOCKS = "p,h1,h2,h3,h4,h5,h6,ul,ol,li,blockquote,pre,figure,div,table,thead,tbody,tr,td,th,dl,dd,dt,details"

class ReplyBody extends HTMLElement {
    attempt = 0
    sequence = 0

    // Replaces whatever is shown: what a page brings of a running reply is a preview only.
    start(frame) {
        const attempt = Number(frame.getAttribute("attempt"))
        const sequence = Number(frame.getAttribute("sequence"))
        if (attempt < this.attempt || (attempt === this.attempt && sequence < this.sequence)) return
        this.attempt = attempt
        this.sequence = sequence
        this.replaceChildren()
        this.take(frame)
    }

    // True if a frame in between is missing, so that the page has to ask.
    grow(frame) {
        const attempt = Number(frame.getAttribute("attempt"))
        const sequence = Number(frame.getAttribute("sequence"))
        if (attempt < this.attempt || (attempt === this.attempt && sequence <= this.sequence)) return false
        if (attempt > this.attempt || sequence > this.sequence + 1) return true
        this.sequence = sequence
        this.take(frame)
        return false
    }

    take(frame) {
        for (const piece of [...frame.children]) {
            if (piece.localName === "reply-block") this.place(piece)
            else if (piece.localName === "reply-tail") this.appendTail(piece)
        }
        this.showState()
    }

    place(piece) {
        const index = Number(piece.getAttribute("index"))
        const fresh = [...piece.children]
        for (const node of fresh) node.dataset.block = index
        const old = this.nodesOf(index)
        const next = old.at(-1)?.nextElementSibling ?? [...this.children].find(node => Number(node.dataset.block) > index) ?? null
        old.forEach(node => node.remove())
        fresh.forEach(node => this.insertBefore(node, next))
    }

    appendTail(piece) {
        const index = Number(piece.getAttribute("index"))
        const end = innermost(this.nodesOf(index).at(-1) ?? this.paragraph(index))
        const last = end.lastElementChild
        if (last?.className === "prose__tail") last.append(piece.textContent)
        else end.append(tail(piece.textContent))
    }

    paragraph(index) {
        const paragraph = document.createElement("p")
        paragraph.dataset.block = index
        this.append(paragraph)
        return paragraph
    }

    nodesOf(index) { return [...this.children].filter(node => Number(node.dataset.block) === index) }

    showState() {
        const reply = this.closest(".reply")
        reply?.classList.remove("reply--queued", "reply--thinking", "reply--streaming", "reply--stopped", "reply--failed", "reply--interrupted")
        reply?.classList.add(this.childElementCount ? "reply--streaming" : "reply--thinking")
        const wait = reply?.querySelector(".reply__wait")
        if (wait) wait.textContent = "Thinking" // its turn has come
    }
}

// Where the next word belongs: the last block inside, and in a code fence the code itself.
function innermost(block) {
    const code = block.querySelector("pre code")
    if (code) return code
    const last = block.lastElementChild
    return last?.matches(BLOCKS) && !block.lastChild.data?.trim() ? innermost(last) : block
}

function tail(text) {
    const span = document.createElement("span")
    span.className = "prose__tail"
    span.textContent = text
    return span
}

customElements.define("reply-body", ReplyBody)
