// A picture as large as the window, over the room; arrows lead to those before and after it. Without it the link leads to the file.
class PictureViewer extends HTMLElement {
    connectedCallback() {
        this.dialog = this.querySelector("dialog")
        this.image = this.querySelector("img")
        this.dialog.addEventListener("keydown", event => this.press(event.key))
        this.dialog.addEventListener("click", event => this.click(event.target))
        this.dialog.addEventListener("close", () => this.image.removeAttribute("src"))
    }

    show(link) {
        const { width, height, alt } = link.querySelector("img")
        this.link = link
        Object.assign(this.image, { src: link.href, alt, width, height })
        const name = this.querySelector("a")
        name.href = link.href
        name.querySelector("bdi").textContent = alt
        for (const button of this.querySelectorAll("[data-step]")) {
            const isOver = !this.at(button.dataset.step)
            if (isOver && button === document.activeElement) name.focus() // else keys would go nowhere
            button.disabled = isOver
        }
        if (!this.dialog.open) this.dialog.showModal()
    }

    // Its message may have been drawn anew since, or deleted.
    at(step) {
        const all = [...document.querySelectorAll("message-list a.attachment--picture")]
        const here = all.findIndex(({ href }) => href === this.link.href)
        return all[here < 0 ? here : here + Number(step)]
    }

    go(step) {
        const next = this.at(step)
        if (next) this.show(next)
    }

    press(key) {
        const forward = this.matches(":dir(rtl)") ? -1 : 1
        if (key === "ArrowRight") this.go(forward)
        else if (key === "ArrowLeft") this.go(-forward)
    }

    click(target) {
        const step = target.closest("[data-step]")?.dataset.step
        if (step) this.go(step)
        else if (target === this.dialog || target === this.image) this.dialog.close()
    }
}

customElements.define("picture-viewer", PictureViewer)
