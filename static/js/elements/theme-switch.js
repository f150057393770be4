// Light, dark, or as the system says; kept in this browser: in its storage, which the pages for staff read too, and in a
// cookie, by which a page comes dressed. A button that goes round, or three choices. Shown only where it works.
const NEXT = { "": "light", light: "dark", dark: "" }
const WORDS = { "": gettext("as the system"), light: gettext("light"), dark: gettext("dark") }

class ThemeSwitch extends HTMLElement {
    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal }
        this.hidden = false
        this.button = this.querySelector("button")
        this.button?.addEventListener("click", () => this.choose(NEXT[this.theme]), life)
        this.addEventListener("change", event => this.choose(event.target.value), life)
        document.addEventListener("theme:chosen", () => this.say(), life)
        addEventListener("storage", event => { if (event.key === "theme") wear(event.newValue) }, life)
        this.say()
    }

    disconnectedCallback() { this.stop.abort() }

    get theme() {
        const { theme } = document.documentElement.dataset
        return theme in WORDS ? theme : ""
    }

    choose(theme) {
        try {
            if (theme) localStorage.setItem("theme", theme)
            else localStorage.removeItem("theme")
        } catch { /* it holds for this page */ }
        wear(theme)
    }

    say() {
        const words = gettext("Light or dark: now %s").replace("%s", WORDS[this.theme])
        if (this.button) this.button.title = this.button.ariaLabel = words
        for (const radio of this.querySelectorAll("input")) radio.checked = radio.value === this.theme
    }
}

// "auto" is how the pages for staff write that there is no choice.
function wear(theme) {
    const root = document.documentElement
    const isChosen = theme === "light" || theme === "dark"
    if (isChosen) root.dataset.theme = theme
    else delete root.dataset.theme
    document.cookie = `theme=${isChosen ? theme : ""}; path=/; max-age=${isChosen ? 31536000 : 0}; samesite=lax`
    tell("theme:chosen")
}

try { wear(localStorage.getItem("theme")) }
catch { /* no storage: as the cookie says */ }
customElements.define("theme-switch", ThemeSwitch)
