// The peer: a page that hears the same frames over the same socket and appends every message, as a tutorial would.
address => new Promise((ready, fail) => {
    const list = document.body.appendChild(document.createElement("div"))
    const socket = new WebSocket(address, ["chat.html.v1"])
    window.arrived = 0
    socket.addEventListener("message", ({ data }) => {
        if (!data.startsWith("<")) return
        list.insertAdjacentHTML("beforeend", data)
        window.arrived += data.includes('type="message.created"')
        scrollTo(0, document.body.scrollHeight)
    })
    socket.addEventListener("open", () => ready(true))
    socket.addEventListener("error", fail)
})
