// A message with its files, by a request that tells how far it is.
const STALL_MS = 60_000 // it may last, but not stand
const underWay = new Set()

// What came of it: a problem, or the answer and its words; else it was taken back, or the line broke.
globalThis.sendFiles = async (to, headers, fields, files) => {
    const id = fields.client_id
    if (underWay.has(id)) return {} // a pane that was left is still at it
    const parts = await Promise.all(files.map(file => fileStore.get(file.id))).catch(() => null)
    if (!parts) return { problem: gettext("Not sent.") } // they may be there, though they are not given just now
    if (!parts.every(Boolean)) return { problem: gettext("This browser has not kept its files. Edit it, and attach them again.") }
    const body = new FormData()
    for (const [name, value] of Object.entries(fields)) body.append(name, value)
    parts.forEach((part, at) => body.append("files", part, files[at].name))
    underWay.add(id)
    return sent(to, headers, body, id).finally(() => underWay.delete(id))
}

// fetch does not tell how much of a body has gone.
function sent(to, headers, body, clientId) {
    return new Promise(resolve => {
        const request = new XMLHttpRequest()
        const over = new AbortController()
        const end = { isLeft: false, isBroken: false }
        let stall
        const stir = () => {
            clearTimeout(stall)
            stall = setTimeout(() => request.abort(), STALL_MS)
        }
        request.upload.addEventListener("progress", ({ loaded, total }) => {
            stir()
            end.isBroken = loaded > 0
            tell("outbox:progress", { clientId, share: loaded / total })
        })
        request.addEventListener("loadend", () => {
            clearTimeout(stall)
            over.abort()
            resolve(request.status ? { ...end, answer: answerOf(request), words: request.responseText } : end)
        })
        document.addEventListener("outbox:left", event => {
            if (event.detail !== clientId) return
            end.isLeft = true
            request.abort()
        }, { signal: over.signal })
        request.open("POST", to)
        for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
        stir()
        request.send(body)
    })
}

function answerOf(request) {
    const get = name => request.getResponseHeader(name)
    return { status: request.status, ok: request.status < 300, headers: { get, has: name => get(name) !== null } }
}
