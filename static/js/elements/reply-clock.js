// Beside a reply that is being written: for how long it has been thinking, then how much there is of it.
const LONGEST_MS = 3600_000 // a clock that is wrong says nothing

class ReplyClock extends HTMLElement {
    connectedCallback() {
        const since = Date.parse(this.dataset.since)
        this.since = Date.now() - since > 0 && Date.now() - since < LONGEST_MS ? since : null
        this.reply = this.closest(".reply")
        this.body = this.reply?.querySelector("reply-body")
        this.timer = setInterval(() => this.tell(), 1_000)
        this.tell()
    }

    disconnectedCallback() { clearInterval(this.timer) }

    tell() {
        if (!this.body || this.reply.classList.contains("reply--queued")) return
        this.since ??= Date.now()
        const count = this.body.childElementCount ? this.body.words : 0
        const words = count ? `${count} word${count === 1 ? "" : "s"}` : `${Math.round((Date.now() - this.since) / 1000)} s`
        if (this.textContent !== words) this.textContent = words
    }
}

customElements.define("reply-clock", ReplyClock)
