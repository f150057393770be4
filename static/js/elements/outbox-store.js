// What was written and not yet taken by the server: kept in this browser over reload and restart, one key each, so that two
// tabs never overwrite each other. What comes of it is kept on whatever page one is by then.
const MOST_DEATHS = 3
const memory = new Map() // where there is no storage

globalThis.outboxStore = {
    get mine() { return `outbox/${document.body.dataset.user}/` },

    kept(prefix = this.mine) {
        const found = [...memory].filter(([key]) => key.startsWith(prefix))
        try {
            for (const key of Object.keys(localStorage)) if (key.startsWith(prefix) && !memory.has(key)) found.push([key, JSON.parse(localStorage.getItem(key))])
        } catch { /* what is in memory is there */ }
        return found.sort(([one], [other]) => (one < other ? -1 : 1))
    },

    entry(clientId) { return clientId && this.kept().find(([, item]) => item.client_id === clientId) },

    keep(key, item) {
        try {
            localStorage.setItem(key, JSON.stringify(item))
            memory.delete(key) // there was no room for it before
        } catch { memory.set(key, item) }
        tell("outbox:kept")
    },

    drop([key, { files }]) {
        memory.delete(key)
        try { localStorage.removeItem(key) } catch { /* nothing was stored */ }
        // Tidied another day.
        if (files?.length) fileCode().then(() => fileStore.drop(files), () => {})
        tell("outbox:kept")
    },
}

addEventListener("storage", ({ key, oldValue, newValue }) => {
    if (!key?.startsWith(outboxStore.mine)) return
    if (!newValue) tell("outbox:left", JSON.parse(oldValue).client_id) // taken back there: what carries it here stops
    tell("outbox:kept")
})

document.addEventListener("outbox:result", ({ detail: { clientId, html, problem, isDeath } }) => {
    const entry = outboxStore.entry(clientId)
    if (!entry) return
    const [key, item] = entry
    if (html !== undefined) taken(entry, frameOf(html, clientId))
    else if (isDeath) died(key, item)
    else outboxStore.keep(key, { ...item, problem })
})

// Where it is to be seen it goes once it is; so do the pictures that stand in for those of the server.
function taken(entry, frame) {
    const isHere = document.querySelector("message-outbox")?.dataset.messages === entry[1].to
    if (isHere && frame.querySelector(".message")) return tell("live:html", frame)
    outboxStore.drop(entry)
    if (isHere) tell("live:notice", frame.textContent) // a command that was none for this page
}

// What kills each connection it is sent on would keep everything behind it from being sent.
function died(key, item) {
    const deaths = (item.deaths ?? 0) + 1
    const problem = deaths < MOST_DEATHS ? "" : item.files?.length ? gettext("Three connections broke while this was sent. It is not sent again by itself.") : gettext("Three connections broke right after this was sent. It is not sent again by itself.")
    outboxStore.keep(key, { ...item, deaths, problem })
}

function frameOf(html, clientId) {
    const frame = document.createElement("chat-frame")
    frame.setAttribute("type", "message.created")
    frame.setAttribute("client-id", clientId)
    frame.innerHTML = html
    return frame
}
