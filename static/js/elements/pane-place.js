// Where the reader of a pane is, and the way back there: for <room-frame>, between one page and the next.
// In a conversation: which message stands where. Its end needs no place, pages open there.
globalThis.placeOf = pane => {
    const log = pane.querySelector(".log")
    if (!log) return { top: pane.querySelector(".directory")?.scrollTop ?? 0 }
    if (log.scrollTop > -48 && !pane.querySelector(".log__later")) return null
    const edge = log.getBoundingClientRect().top
    const first = [...pane.querySelectorAll("message-list > .message")].find(message => message.getBoundingClientRect().bottom > edge)
    return first ? { sequence: first.dataset.sequence, offset: first.getBoundingClientRect().top - edge } : null
}

globalThis.settleAt = (pane, place) => {
    const log = pane.querySelector(".log")
    const first = place?.sequence && pane.querySelector(`.message[data-sequence="${place.sequence}"]`)
    if (first) log.scrollTop += first.getBoundingClientRect().top - log.getBoundingClientRect().top - place.offset
    else if (place?.top) pane.querySelector(".directory").scrollTop = place.top
    if (document.activeElement === document.body) (pane.querySelector("[autofocus]") ?? pane).focus({ preventScroll: true })
}
