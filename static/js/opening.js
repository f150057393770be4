// The page opens where its address leads, or its reader stopped. That, and all that style can do, is seen first; the
// elements come after it. On a slow line one may have scrolled before: then one stays there, unless the browser itself
// leads to what the address names.
globalThis.openAtPlace = (list, log) => {
    const target = document.getElementById(location.hash.slice(1))
    const linked = list.contains(target) && target
    const place = linked || list.querySelector(`[data-sequence="${list.dataset.anchor}"]`) || list.querySelector("#new")
    if (linked || !log.scrollTop) place?.scrollIntoView({ block: "center" })
}

const log = document.querySelector(".log")
if (log) openAtPlace(log.querySelector("message-list"), log)
document.querySelector(".room-link[aria-current]")?.scrollIntoView({ block: "nearest" })

// And what they had begun to write is there, as tall as it is. What the page brought goes first: a refused form, or the
// message that a link asks to answer.
globalThis.showDraft = form => {
    const { text, reply_to } = form.elements
    const key = `draft/${document.body.dataset.user}/${form.getAttribute("action")}`
    const draft = read(key)
    if (document.querySelector(`#message-${draft?.quoted?.id}.message--gone`)) draft.quoted = null // whose words are gone
    text.value ||= draft?.text ?? ""
    if (!reply_to.value) showQuoted(form, draft?.quoted)
    const list = form.querySelector(".files")
    list?.replaceChildren(...(read(`${key}files`) ?? []).map(file => chosenFile(list, file)))
    if (list) list.hidden = !list.firstChild
    return draft
}

globalThis.showQuoted = (form, quoted) => {
    const context = form.querySelector(".composer__context")
    form.elements.reply_to.value = quoted?.id ?? ""
    context.hidden = !quoted
    context.querySelector("bdi").textContent = quoted?.name ?? ""
    context.querySelector("span.truncate").textContent = quoted?.words ?? ""
}

globalThis.chosenFile = (list, { id, name, words, width }) => {
    const item = list.parentElement.querySelector("template").content.firstElementChild.cloneNode(true)
    const [icon, image] = item.children
    item.dataset.id = id
    item.querySelector("bdi").textContent = item.title = name
    item.querySelector("small").textContent = words
    item.querySelector("button").ariaLabel += ` ${name}`
    image.hidden = !(icon.hidden = Boolean(width))
    return item
}

// The key that takes a word of an input method is no command. In Safari it comes when the word is in, and says so by its code.
globalThis.isTaking = ({ isComposing, keyCode }) => isComposing || keyCode === 229

// Where one types on glass, Enter breaks the line. A keyboard beside it has another key for that.
globalThis.isSending = ({ key, shiftKey, ctrlKey, metaKey }) =>
    key === "Enter" && !shiftKey && (ctrlKey || metaKey || !matchMedia("(pointer: coarse)").matches)

function read(key) {
    try { return JSON.parse(localStorage.getItem(key)) } catch { return null }
}

const form = document.querySelector("form.composer")
if (form) showDraft(form)

// Nothing is painted of a page that nobody sees, and on a slow line elements may be there before the styles.
const MOST_MS = 500
if (!document.hidden) await new Promise(seen => {
    requestAnimationFrame(() => setTimeout(seen))
    setTimeout(seen, MOST_MS)
})
