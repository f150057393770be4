// What a page of a room has applied, by number: holes in it are noticed and healed. Whoever has a line extends this.
const BEHIND_MS = 2_000

globalThis.LiveRevisions = class extends HTMLElement {
    revision = 0 // everything up to here is applied
    ahead = new Set() // applied revisions above a hole
    isSyncing = false
    isTorn = false

    sync() {
        this.isTorn = false
        this.isSyncing = Boolean(this.line?.sync(this.revision, Number(this.dataset.tally)))
    }

    note(revision) {
        if (revision <= this.revision) return
        this.ahead.add(revision)
        this.advance()
        if (this.ahead.size && !this.isSyncing) this.healSoon()
    }

    advance() {
        while (this.ahead.delete(this.revision + 1)) this.revision += 1
    }

    stand(revision) {
        this.revision = Math.max(this.revision, revision)
        for (const known of this.ahead) if (known <= this.revision) this.ahead.delete(known)
        this.advance()
        this.isSyncing = false
        // From here on the list of rooms hears what changes it.
        if (this.line?.by !== "asking") delete this.dataset.tally
        if (this.ahead.size || this.isTorn) this.healSoon()
    }

    // At random, so that a broken broker does not make a room full of pages ask in the same moment.
    healSoon() {
        this.heal ??= setTimeout(() => {
            this.heal = undefined
            if (!this.isSyncing) this.sync()
        }, Math.random() * 1000)
    }

    beat(revision) {
        if (revision > this.revision) setTimeout(() => { if (revision > this.revision) this.healSoon() }, BEHIND_MS)
    }

    // Too much has changed to be told one by one: the newest page instead.
    async reload() {
        try {
            const answer = await fetch(this.dataset.messages, { headers: requestHeaders() })
            if (!answer.ok) throw new Error(answer.statusText)
            const html = await answer.text()
            if (!this.isConnected) return
            document.dispatchEvent(new CustomEvent("live:reset", { detail: { html } }))
            this.revision = 0
            this.stand(Number(answer.headers.get("X-Room-Revision")))
        } catch {
            setTimeout(() => this.sync(), 2_000)
        }
    }
}
