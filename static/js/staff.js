// The admin's fields that search are drawn by a library that leaves them without a name: they get their label's.
new MutationObserver(() => document.querySelectorAll("[role=combobox]:not([aria-controls])").forEach(name)).observe(document, { childList: true, subtree: true })

function name(chooser) {
    const select = chooser.closest(".select2-container")?.previousElementSibling
    const label = select?.labels?.[0]
    if (!label) return
    label.id ||= `label-of-${select.id}`
    const shown = chooser.querySelector("[role=textbox]")
    shown?.setAttribute("aria-labelledby", label.id)
    chooser.setAttribute("aria-labelledby", `${label.id} ${shown?.id}`)
    chooser.setAttribute("aria-controls", `select2-${select.id}-results`)
}

// What one types into is made each time one is opened.
addEventListener("focusin", ({ target }) => {
    const list = target.matches(".select2-search__field") && target.getAttribute("aria-controls")
    const label = list && document.querySelector(`[role=combobox][aria-controls="${list}"]`)?.getAttribute("aria-labelledby")
    if (label) target.setAttribute("aria-labelledby", label)
})
