// Beside a reply on its way: for how long it has been waiting, then thinking, then how much there is of it.
const LONGEST_MS = 3600_000 // a clock that is wrong says nothing

class ReplyClock extends HTMLElement {
    connectedCallback() {
        this.reply = this.closest(".reply")
        this.body = this.reply?.querySelector("reply-body")
        if (!this.body) return
        const age = Date.now() - Date.parse(this.dataset.since)
        this.since = age > 0 && age < LONGEST_MS ? Date.now() - age : Date.now()
        this.wasQueued = this.isQueued
        this.timer = setInterval(() => this.tell(), 1_000)
        this.tell()
    }

    disconnectedCallback() { clearInterval(this.timer) }

    get isQueued() { return this.reply.classList.contains("reply--queued") }

    tell() {
        if (this.wasQueued && !this.isQueued) this.since = Date.now() // it begins to think
        this.wasQueued = this.isQueued
        const count = this.isQueued ? 0 : this.body.words
        const seconds = Math.round((Date.now() - this.since) / 1000)
        const words = count ? ngettext("%s word", "%s words", count).replace("%s", count) : lasting(seconds)
        if (this.textContent !== words) this.textContent = words
    }
}

function lasting(seconds) {
    return seconds < 100 ? gettext("%s s").replace("%s", seconds) : gettext("%s min").replace("%s", Math.round(seconds / 60))
}

customElements.define("reply-clock", ReplyClock)
