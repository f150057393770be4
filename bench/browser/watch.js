// Runs before the page's own scripts: what moved by itself.
window.watched = { shifts: [] }
new PerformanceObserver(list => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
        if (!hadRecentInput) window.watched.shifts.push({ value, what: [...new Set(sources.map(({ node }) => nameOf(node)))].slice(0, 3).join(", ") })
    }
}).observe({ type: "layout-shift", buffered: true })

function nameOf(node) {
    const element = node?.nodeType === Node.TEXT_NODE ? node.parentElement : node
    return element ? `${element.localName}.${element.className}`.replaceAll(" ", ".") : "?"
}
