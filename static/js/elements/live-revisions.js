// What a page of a room has applied, by number: holes in it are noticed and healed. Whoever has a line extends this.
const BEHIND_MS = 2_000

globalThis.LiveRevisions = class extends HTMLElement {
    revision = 0 // everything up to here is applied
    ahead = new Set() // applied revisions above a hole
    isSyncing = false
    isTorn = false
    isRewound = false // since it was asked what is missing: that answer counts for nothing

    sync() {
        this.isTorn = false
        this.isRewound = this.isSyncing && this.line?.by === "socket" // an earlier question is answered first
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
        this.isSyncing = false
        if (this.isRewound) return this.sync()
        this.revision = Math.max(this.revision, revision)
        for (const known of this.ahead) if (known <= this.revision) this.ahead.delete(known)
        this.advance()
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

    // What is missing could not be said: the database was away, say.
    unsaid() {
        if (!this.isSyncing) return
        this.isSyncing = false
        setTimeout(() => this.healSoon(), BEHIND_MS)
    }

    // Messages that were fetched as of this revision stand on the page now. What came while they were on their way is
    // missing of them, though it was applied: it is told once more.
    rewind(revision) {
        if (this.revision <= revision && ![...this.ahead].some(known => known > revision)) return
        this.revision = Math.min(this.revision, revision)
        this.ahead.clear()
        if (this.isSyncing) this.isRewound = true
        else this.sync()
    }

    // Too much has changed to be told one by one: the newest page instead.
    async reload() {
        try {
            const { html, revision } = await newest(this.dataset.messages)
            if (!this.isConnected) return
            tell("live:reset", { html })
            this.isSyncing = true // until it stands
            this.rewind(revision)
            this.revision = revision
            this.stand(revision)
        } catch {
            setTimeout(() => this.sync(), 2_000)
        }
    }
}
