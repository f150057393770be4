// What elements ask of the server by themselves. The token in <body> is of the sign-in by which the page came: so nothing
// that waits here is said by whoever signs in next in this browser.
globalThis.requestHeaders = () => ({ ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" })

async function asked(address) {
    const answer = await fetch(address, { headers: requestHeaders() })
    if (!answer.ok) throw new Error(answer.statusText)
    return answer
}

globalThis.fragment = async address => (await asked(address)).text()

// The newest messages, and the revision they are of. Without one it is a portal's page, or a proxy's.
globalThis.newest = async address => {
    const answer = await asked(address)
    const revision = answer.headers.get("X-Room-Revision")
    if (!revision) throw new Error(answer.url)
    return { html: await answer.text(), revision: Number(revision) }
}

// A browser may keep for the life of a page that this address brought no code: the next time it is another one.
let again = 0
globalThis.codeOf = ({ code }) => import(again ? `${code}?again=${again}` : code).catch(error => {
    again += 1
    throw error
})

// The same person has signed in anew, in another tab.
globalThis.renewToken = token => {
    if (!token) return
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }))
    for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = token
}
