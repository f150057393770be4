// Light, dark, or as the system says; kept in this browser. Shown only where it works.
const NEXT = { "": "light", light: "dark", dark: "" }
const WORDS = { "": "as the system", light: "light", dark: "dark" }

class ThemeSwitch extends HTMLElement {
    connectedCallback() {
        this.hidden = false
        this.button = this.querySelector("button")
        this.button.addEventListener("click", () => this.choose(NEXT[this.theme]))
        this.say()
    }

    get theme() { return document.documentElement.dataset.theme ?? "" }

    choose(theme) {
        const root = document.documentElement
        if (theme) root.dataset.theme = theme
        else delete root.dataset.theme
        try {
            if (theme) localStorage.setItem("theme", theme)
            else localStorage.removeItem("theme")
        } catch { /* it holds for this page */ }
        this.say()
    }

    say() {
        const words = `Light or dark: now ${WORDS[this.theme]}`
        this.button.title = words
        this.button.setAttribute("aria-label", words)
    }
}

customElements.define("theme-switch", ThemeSwitch)
