// A copy button in the head of every block of code, wherever one appears.
class CodeCopy extends HTMLElement {
    connectedCallback() {
        this.innerHTML = '<button class="button button--plain" type="button"><span class="icon icon--copy" aria-hidden="true"></span> <span role="status">Copy</span></button>'
        this.firstChild.addEventListener("click", () => this.copy())
    }

    async copy() {
        const code = this.closest(".code").querySelector("code")
        this.say(await written(code) ? "Copied" : "Selected, now press Ctrl C")
    }

    say(words) {
        const label = this.querySelector("[role=status]")
        label.textContent = words
        clearTimeout(this.timer)
        this.timer = setTimeout(() => { label.textContent = "Copy" }, 2500)
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

function equip() {
    for (const head of document.querySelectorAll(".code__head:not(:has(code-copy))")) head.append(document.createElement("code-copy"))
}

customElements.define("code-copy", CodeCopy)
new MutationObserver(equip).observe(document.body, { childList: true, subtree: true })
equip()
