// What files need is asked for once there are some: most pages never do.
let code

globalThis.fileCode = () => code ??= codeOf(document.querySelector("message-outbox").dataset).catch(error => {
    code = undefined
    throw error
})

// A picture is shown over the conversation; elsewhere, and without that code, its link leads to it.
document.addEventListener("click", event => {
    const link = event.target.closest("message-list a.attachment--picture")
    const viewer = link && document.querySelector("picture-viewer")
    if (!viewer || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    const unlessLeft = act => { if (viewer.isConnected) act() }
    fileCode().then(() => unlessLeft(() => viewer.show(link))).catch(() => unlessLeft(() => location.assign(link.href)))
})
