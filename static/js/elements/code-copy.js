// In the head of every block of code, wherever one appears: long lines wrapped or not, and copying.
class CodeCopy extends HTMLElement {
    connectedCallback() {
        const isWrapped = this.closest(".code").classList.contains("code--wrap")
        this.innerHTML = `<button class="button button--plain" type="button" data-do="wrap" aria-pressed="${isWrapped}">${gettext("Wrap")}</button><button class="button button--plain" type="button" data-do="copy"><span class="icon icon--copy" aria-hidden="true"></span> <span aria-live="polite">${gettext("Copy")}</span></button>`
        this.firstChild.addEventListener("click", () => this.wrap())
        this.lastChild.addEventListener("click", () => this.copy())
    }

    wrap() { this.firstChild.ariaPressed = String(this.closest(".code").classList.toggle("code--wrap")) }

    async copy() {
        const code = this.closest(".code").querySelector("code")
        this.say(await written(code) ? gettext("Copied") : gettext("Selected, now press Ctrl C"))
    }

    say(words) {
        const label = this.querySelector("[aria-live]")
        label.textContent = words
        clearTimeout(this.timer)
        this.timer = setTimeout(() => { label.textContent = gettext("Copy") }, 2500)
    }
}

// Without the clipboard (an address without https) the code is selected, so that one key copies it.
async function written(code) {
    try {
        await navigator.clipboard.writeText(code.textContent)
        return true
    } catch {
        getSelection().selectAllChildren(code)
        return false
    }
}

// Only what is new is looked at: this runs for every word that comes.
function equip(node) {
    if (node.nodeType !== Node.ELEMENT_NODE) return
    for (const head of node.matches(".code__head") ? [node] : node.querySelectorAll(".code__head")) {
        if (!head.querySelector("code-copy")) head.append(document.createElement("code-copy"))
    }
}

customElements.define("code-copy", CodeCopy)
new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(equip))).observe(document.body, { childList: true, subtree: true })
equip(document.body)
