// The page opens where its reader stopped. That, and all that style can do, is seen first; the elements come after it.
const list = document.querySelector("message-list")
const target = document.getElementById(location.hash.slice(1))
const place = list?.contains(target) ? target : list?.querySelector(".divider--new")
place?.scrollIntoView({ block: "center" })
document.querySelector(".room-link[aria-current]")?.scrollIntoView({ block: "nearest" })

// Nothing is painted of a page that nobody sees, and on a slow line elements may be there before the styles.
const MOST_MS = 500
if (!document.hidden) await new Promise(seen => {
    requestAnimationFrame(() => setTimeout(seen))
    setTimeout(seen, MOST_MS)
})
