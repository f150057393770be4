// What the reader has selected stays so, though the nodes that carry it are made anew.
// To ask for it has the page laid out first, so that is not done with every word that comes.
let isSelecting = false
document.addEventListener("selectionchange", () => { isSelecting = getSelection().type === "Range" })

globalThis.keepingSelection = (root, change) => {
    if (!isSelecting) return change()
    const selection = getSelection()
    const { anchorNode, anchorOffset, focusNode, focusOffset } = selection
    if (!(root.contains(anchorNode) || root.contains(focusNode))) return change()
    const words = root.contains(anchorNode) && root.contains(focusNode) ? selection.getRangeAt(0).toString() : ""
    const ends = [offsetIn(root, anchorNode, anchorOffset), offsetIn(root, focusNode, focusOffset)]
    change()
    if (selection.anchorNode === anchorNode && selection.focusNode === focusNode) return
    const shift = !words ? 0 : shiftOf(root.textContent, words, Math.min(...ends))
    const [anchor, focus] = ends.map(end => end === null ? null : pointAt(root, end + shift))
    selection.setBaseAndExtent(...(anchor ?? [anchorNode, anchorOffset]), ...(focus ?? [focusNode, focusOffset]))
}

function offsetIn(root, node, offset) {
    if (!root.contains(node)) return null
    const range = document.createRange()
    range.setStart(root, 0)
    range.setEnd(node, offset)
    return range.toString().length
}

// Marks that have become markup are gone from the text: the same words stand a little further up.
function shiftOf(text, words, from) {
    const found = [text.lastIndexOf(words, from), text.indexOf(words, from)].filter(index => index >= 0)
    return found.length ? found.sort((one, other) => Math.abs(one - from) - Math.abs(other - from))[0] - from : 0
}

function pointAt(root, offset) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    let last = null
    while (walker.nextNode()) {
        last = walker.currentNode
        if (offset <= last.length) return [last, offset]
        offset -= last.length
    }
    return last ? [last, last.length] : [root, 0]
}
