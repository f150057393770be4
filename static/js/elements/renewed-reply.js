// A reply in its own place. Of one that is still being written the page knows more than the fragment.
globalThis.renewReply = (words, article) => {
    const present = words.closest(".message")
    const fresh = article.querySelector("reply-body")
    const isGrowing = words.attempt && words.isWritten && article.ariaBusy
    const { thoughts } = words
    const fold = words.closest("message-fold")
    const staysFolded = fold && article.querySelector("message-fold") // what one has seen growing is not folded
    const host = staysFolded ? fold : words // not moved: moved words are selected, scrolled and in focus no more
    if (!isGrowing) words.settle(fresh.childNodes, Number(fresh.dataset.kept ?? 0))
    article.querySelector("message-fold")?.remove()
    if (fold && !staysFolded) keepingSelection(words, () => fold.replaceWith(words))
    fresh.remove()
    for (const other of [...host.parentElement.children]) if (other !== host) other.remove()
    for (const other of [...article.querySelector(".message__body").children].reverse()) {
        if (other.matches(".reasoning")) other.open = thoughts?.open ?? false
        host[other.matches(".reasoning") ? "before" : "after"](other)
    }
    if (isGrowing && thoughts) {
        words.thoughts?.remove()
        host.before(thoughts)
    }
    for (const part of [".message__head", ".reply__foot", ".message__actions"]) present.querySelector(part).replaceWith(article.querySelector(part))
    words.isWritten = Boolean(article.ariaBusy)
    if (isGrowing) words.showState()
}

// Of any other message, what stands first and is as it was stays the nodes it is, selected and scrolled: reactions come below.
globalThis.renewMessage = (present, article) => {
    const [body, fresh] = [present, article].map(each => each.querySelector(".message__body"))
    settleIn(body, fresh.childNodes)
    for (const other of [...present.childNodes]) if (other !== body) other.remove()
    while (article.firstChild !== fresh) body.before(article.firstChild)
    fresh.remove()
    present.append(...article.childNodes)
}
