// A reply in its own place. Of one that is still being written the page knows more than the fragment.
globalThis.renewReply = (words, article) => {
    const present = words.closest(".message")
    const fresh = article.querySelector("reply-body")
    const isGrowing = words.attempt && words.isWritten && article.ariaBusy
    const { thoughts } = words
    const fold = words.closest("message-fold")
    const staysFolded = fold && article.querySelector("message-fold") // what one has seen growing is not folded
    if (!isGrowing) words.settle(fresh.childNodes, Number(fresh.dataset.kept ?? 0))
    article.querySelector("message-fold")?.remove()
    fold?.replaceWith(words)
    fresh.remove()
    words.parentElement.querySelectorAll(":scope > :not(reply-body)").forEach(other => other.remove())
    for (const other of [...article.querySelector(".message__body").children].reverse()) {
        if (other.matches(".reasoning")) other.open = thoughts?.open ?? false
        words[other.matches(".reasoning") ? "before" : "after"](other)
    }
    if (isGrowing && thoughts) {
        words.thoughts?.remove()
        words.before(thoughts)
    }
    for (const part of [".message__head", ".reply__foot", ".message__actions"]) present.querySelector(part).replaceWith(article.querySelector(part))
    if (staysFolded) {
        words.before(fold)
        fold.prepend(words)
    }
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
