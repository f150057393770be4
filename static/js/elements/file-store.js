// Files that were chosen and are not with the server yet, kept in this browser by their id. The texts they go with
// (drafts, outbox) name them: whatever none of those names is nobody's any more.
const DAY_MS = 86_400_000
const LINGER_MS = 60_000
const memory = new Map() // until it is kept, or where nothing can be
const addresses = new Map()
let base

function database() {
    return base ??= new Promise((resolve, reject) => {
        const request = indexedDB.open("files", 1)
        request.onupgradeneeded = () => request.result.createObjectStore("files")
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
    })
}

// Some browsers lose their line to it, as while a page sleeps: it is opened once more.
async function files(mode, act, isAgain) {
    try { return await done(await database(), mode, act) } catch (error) {
        base = undefined
        if (isAgain) throw error
        return files(mode, act, true)
    }
}

function done(base, mode, act) {
    const work = base.transaction("files", mode)
    const request = act(work.objectStore("files"))
    return new Promise((resolve, reject) => {
        work.oncomplete = () => resolve(request.result)
        work.onabort = () => reject(work.error)
    })
}

// What is shown, or waits, may be named by nothing but this page: where there is no storage, or no room in it.
function isNamed(id) {
    const { chosen = [] } = document.querySelector("chosen-files") ?? {}
    if (JSON.stringify([chosen, outboxStore.kept("outbox/")]).includes(id)) return true
    try { return Object.entries(localStorage).some(([key, value]) => key.startsWith("draft/") && value.includes(id)) }
    catch { return false }
}

function kindOf(name) { return /.\.([a-z0-9]{1,5})$/i.exec(name)?.[1].toUpperCase() ?? gettext("file") }

globalThis.fileStore = {
    add(file) {
        const id = `${Date.now()}-${crypto.getRandomValues(new Uint32Array(2)).join("")}`
        memory.set(id, file)
        return { id, name: file.name, type: file.type, words: `${kindOf(file.name)}, ${this.inWords(file.size)}` }
    },

    // False where it is not kept over a reload: no storage, or no room in it.
    async keep({ id }) {
        if (!memory.has(id)) return true
        try {
            await files("readwrite", store => store.put(memory.get(id), id))
            memory.delete(id)
            this.tidy()
            return true
        } catch { return false }
    },

    // Nothing where it is not there; an error where nobody can say.
    async get(id) { return memory.get(id) ?? (globalThis.indexedDB && files("readonly", store => store.get(id))) },

    async address(id) {
        const file = await this.get(id)
        if (file && !addresses.has(id)) addresses.set(id, URL.createObjectURL(file))
        return addresses.get(id) ?? ""
    },

    drop(dropped = []) {
        for (const { id } of dropped) {
            if (isNamed(id)) continue
            memory.delete(id)
            files("readwrite", store => store.delete(id)).catch(() => {})
            setTimeout(() => { URL.revokeObjectURL(addresses.get(id)); addresses.delete(id) }, LINGER_MS)
        }
    },

    // What a tab left behind that was closed in between.
    async tidy() {
        this.tidy = () => {}
        const ids = await files("readonly", store => store.getAllKeys()).catch(() => [])
        this.drop(ids.filter(id => Date.now() - parseInt(id) > DAY_MS).map(id => ({ id })))
    },

    isPicture({ type }) { return /^image\/(jpeg|png|webp|gif)$/.test(type) },

    inWords(bytes) {
        const [unit, of] = bytes < 1e3 ? ["byte", 1] : bytes < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6]
        return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: of > 1 ? "short" : "long", maximumFractionDigits: 1 }).format(bytes / of)
    },
}
