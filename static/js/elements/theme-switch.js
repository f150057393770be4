// Light, dark, or as the system says; kept in this browser. A button that goes round, or three choices. Shown only where it works.
const NEXT = { "": "light", light: "dark", dark: "" }
const WORDS = { "": "as the system", light: "light", dark: "dark" }

class ThemeSwitch extends HTMLElement {
    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal }
        this.hidden = false
        this.button = this.querySelector("button")
        this.button?.addEventListener("click", () => this.choose(NEXT[this.theme]), life)
        this.addEventListener("change", event => this.choose(event.target.value), life)
        document.addEventListener("theme:chosen", () => this.say(), life)
        addEventListener("storage", event => { if (event.key === "theme") this.wear(event.newValue ?? "") }, life)
        this.say()
    }

    disconnectedCallback() { this.stop.abort() }

    get theme() { return document.documentElement.dataset.theme in WORDS ? document.documentElement.dataset.theme : "" }

    choose(theme) {
        try {
            if (theme) localStorage.setItem("theme", theme)
            else localStorage.removeItem("theme")
        } catch { /* it holds for this page */ }
        this.wear(theme)
    }

    wear(theme) {
        if (theme) document.documentElement.dataset.theme = theme
        else delete document.documentElement.dataset.theme
        document.dispatchEvent(new CustomEvent("theme:chosen"))
    }

    say() {
        const words = `Light or dark: now ${WORDS[this.theme]}`
        if (this.button) this.button.title = words
        this.button?.setAttribute("aria-label", words)
        for (const radio of this.querySelectorAll("input")) radio.checked = radio.value === this.theme
    }
}

customElements.define("theme-switch", ThemeSwitch)
