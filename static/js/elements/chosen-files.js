// What goes along with what is being written: chosen, dropped on the conversation or pasted; kept in this browser like the words.
class ChosenFiles extends HTMLElement {
    chosen = []
    known = new Set() // what was among them, and may have gone since

    connectedCallback() {
        this.list = this.querySelector("ul")
        this.composer = this.closest("message-composer")
        this.list.addEventListener("click", event => this.remove(event.target.closest("button")))
        this.stop = new AbortController()
        addEventListener("storage", event => this.share(event), { signal: this.stop.signal })
        this.restore()
    }

    disconnectedCallback() { this.stop.abort() }

    get key() { return this.composer.filesKey }

    // --- what a person does ---

    // All that is wrong is said at once, before anything is sent.
    choose(files) {
        const { most, limit } = this.dataset
        const fitting = files.filter(({ size }) => size && size <= limit)
        const taken = fitting.slice(0, Math.max(0, most - this.chosen.length))
        const problems = files.filter(file => !fitting.includes(file)).map(({ name, size }) => size
            ? gettext("%1 has %2: a file may have %3.").replace("%1", name).replace("%2", fileStore.inWords(size)).replace("%3", fileStore.inWords(limit)) : gettext("%s is empty.").replace("%s", name))
        if (taken.length < fitting.length) problems.push(ngettext("No more than %s file goes with one message.", "No more than %s files go with one message.", Number(most)).replace("%s", most))
        this.refuse(problems.join(" "))
        this.show(taken.map(file => fileStore.add(file)), file => this.keep(file))
        if (taken.length) this.tell(gettext("%s added.").replace("%s", taken.map(({ name }) => name).join(", ")))
    }

    remove(button) {
        const item = button?.closest("li")
        if (!item) return
        const next = item.nextElementSibling ?? item.previousElementSibling
        this.forget(item.dataset.id)
        ;(next?.querySelector("button") ?? this.composer.text).focus()
        this.tell(gettext("%s removed.").replace("%s", item.querySelector("bdi").textContent))
    }

    // --- what comes of it ---

    show(files, kept = () => {}) {
        for (const file of files) {
            if (this.chosen.some(({ id }) => id === file.id)) continue
            this.chosen.push(file)
            this.known.add(file.id)
            this.list.append(this.draw(file))
            kept(file)
        }
        this.changed()
    }

    draw(file) {
        const item = chosenFile(this.list, file)
        if (fileStore.isPicture(file)) this.picture(item, file)
        return item
    }

    // How large it is stands beside it from then on, so that nothing moves when it is shown in the conversation.
    async picture(item, file) {
        const [icon, image] = item.children
        image.hidden = !(icon.hidden = true)
        try {
            image.src = await fileStore.address(file.id)
            await image.decode()
            Object.assign(file, { width: image.naturalWidth, height: image.naturalHeight })
            this.changed()
        } catch { image.hidden = !(icon.hidden = false) } // no picture after all: a file like others
    }

    async keep(file) {
        const item = this.list.lastElementChild
        item.ariaBusy = "true"
        const bytes = await fileStore.get(file.id)
        try { await bytes.slice(0, 1).arrayBuffer() }
        catch {
            this.forget(file.id)
            return this.refuse(gettext("%s cannot be read. A folder cannot be sent.").replace("%s", file.name))
        }
        if (!await fileStore.keep(file)) this.refuse(gettext("This browser does not keep %s: it goes only as long as this page stays open.").replace("%s", file.name))
        item.ariaBusy = null
    }

    // They go with the message now.
    give() {
        const given = this.chosen
        this.chosen = []
        this.list.replaceChildren()
        this.changed()
        return given
    }

    forget(id) {
        const dropped = this.chosen.filter(file => file.id === id)
        this.chosen = this.chosen.filter(file => file.id !== id)
        this.list.querySelector(`[data-id="${id}"]`)?.remove()
        this.changed()
        fileStore.drop(dropped)
    }

    // What another tab of this room has sent is not sent from here as well.
    share({ key, newValue }) {
        const { files = [] } = (key?.startsWith("outbox/") && JSON.parse(newValue)) || {}
        for (const { id } of files) if (this.chosen.some(file => file.id === id)) this.forget(id)
    }

    // What other tabs of this room have chosen is named beside it.
    changed() {
        this.list.hidden = !this.chosen.length
        try {
            const files = [...this.named.filter(({ id }) => !this.known.has(id)), ...this.chosen]
            if (files.length) localStorage.setItem(this.key, JSON.stringify(files))
            else localStorage.removeItem(this.key)
        } catch { /* no storage, no draft */ }
        this.composer.keepDraft()
    }

    get named() { return JSON.parse(localStorage.getItem(this.key)) ?? [] }

    // What came with this page, not what another tab has chosen since. A browser that needs room may have thrown them away.
    async restore() {
        const shown = [...this.list.children].map(({ dataset }) => dataset.id)
        this.list.replaceChildren() // until now it was only shown
        try { this.show(this.named.filter(({ id }) => shown.includes(id))) }
        catch { /* nothing was kept */ }
        for (const { id } of this.chosen) if (!await fileStore.get(id).catch(() => true)) this.forget(id)
    }

    tell(words) { this.querySelector("[role=status]").textContent = words }
    refuse(words) { this.composer.problem.textContent = words }
}

customElements.define("chosen-files", ChosenFiles)
