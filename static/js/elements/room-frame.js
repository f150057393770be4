// Moving between pages of the desk: the pane is swapped, the sidebar stays, back and forward find the reader's place again.
// Whatever is not such a page (and a page of a newer release) is loaded whole. Without scripts all of them are plain links.
const FIELDS = ".directory :is(input:not([type=hidden]), textarea)[id]"
const SIGN_IN = "/accounts/login/"
const OURS = /^\/($|rooms\/|chats\/|people\/|messages\/)/

class RoomFrame extends HTMLElement {
    places = new Map() // entry of the history -> where its reader was
    posting = new Set() // forms whose answer has not come

    connectedCallback() {
        this.stop = new AbortController()
        const life = { signal: this.stop.signal }
        this.stand(history.state?.entry ?? Date.now())
        // On window, so that whoever has a better answer to a click has given it already.
        addEventListener("click", () => this.leavePlace(), { capture: true, ...life }) // a link within the page moves what is seen
        addEventListener("click", event => this.click(event), life)
        addEventListener("submit", event => this.submit(event), life)
        addEventListener("popstate", event => this.return(event.state), life)
        document.addEventListener("live:reset", () => this.standAt(location.pathname), life)
        document.addEventListener("htmx:afterSettle", event => this.settled(event.detail), life)
        document.addEventListener("htmx:beforeRequest", () => this.notice?.remove(), life)
        document.addEventListener("htmx:sendError", event => this.miss(event.detail.target.previousElementSibling), life)
    }

    disconnectedCallback() { this.stop.abort() }

    // Loaded anew it is another page, though at the same address.
    stand(entry) {
        this.entry = entry
        this.page = Date.now()
        this.shown = location.pathname + location.search
        history.replaceState({ entry, page: this.page }, "")
    }

    // A reload, or coming back, leads to what is shown now: the newest messages, or what was found while one typed.
    standAt(address) {
        history.replaceState(null, "", address)
        this.stand(this.entry)
    }

    settled({ requestConfig, pathInfo }) { if (requestConfig.elt.id === "filter") this.standAt(pathInfo.finalRequestPath) }

    // --- what a person does ---

    click(event) {
        const link = event.target.closest?.("a[href]")
        if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
        const url = new URL(link.href)
        if (link.target || link.hasAttribute("download") || !isOurs(url)) return
        if (url.hash && url.pathname + url.search === this.shown) return
        event.preventDefault()
        this.pressed = link
        this.visit(url)
    }

    submit(event) {
        const form = event.target
        if (event.defaultPrevented || form.target || form.method === "dialog" || !form.closest(".pane, .rooms")) return
        const url = new URL(event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form.action)
        if (!isOurs(url)) return
        event.preventDefault()
        const body = new URLSearchParams(new FormData(form, event.submitter))
        this.pressed = form
        if (form.method === "post") return this.post(form, url, body)
        url.search = body
        this.visit(url, {}, unsent(this.pane, form))
    }

    // Once, however often it is pressed: whatever is posted is done, also if nobody waits for the answer any more.
    async post(form, url, body) {
        if (this.posting.has(form)) return
        this.posting.add(form)
        try { await this.visit(url, { method: "POST", body }, unsent(this.pane, form)) }
        finally { this.posting.delete(form) }
    }

    leavePlace() { this.places.set(this.entry, placeOf(this.pane)) }

    return(state) {
        if (state) this.leavePlace()
        const place = this.places.get(state?.entry)
        if (!state || state.page === this.page) return this.goTo(state, place)
        this.load(new URL(location), {}, place, () => this.stand(state.entry))
    }

    // A place of the page that is shown: a new one, to which a link of it led, or one where its reader was.
    goTo(state, place) {
        this.going?.abort()
        this.entry = state?.entry ?? Date.now()
        const sequence = document.getElementById(location.hash.slice(1))?.dataset.sequence
        if (!state) history.replaceState({ entry: this.entry, page: this.page }, "", sequence && `?around=${sequence}${location.hash}`) // leads there later, too
        else if (place) settleAt(this.pane, place)
        else if (place === null) tell("list:to-end")
    }

    visit(url, request = {}, goOn) {
        return this.load(url, request, null, address => {
            this.leavePlace()
            const isSame = address.pathname + address.search === this.shown
            history[isSame ? "replaceState" : "pushState"](null, "", address)
            this.stand(isSame ? this.entry : Date.now())
        }, goOn)
    }

    // --- what comes of it ---

    get pane() { return document.getElementById("main") }

    async load(url, request, place, arrive, goOn) {
        this.going?.abort()
        this.going = new AbortController()
        const { signal } = this.going
        this.notice?.remove()
        document.body.toggleAttribute("data-going", true)
        const ask = () => fetch(place?.sequence ? around(url, place.sequence) : url, { ...request, signal })
        try {
            let answer = await ask()
            if (answer.headers.get("X-Error-Code") === "csrf" && request.body && await isSame(request.body)) answer = await ask()
            const page = parsed(await answer.text())
            if (signal.aborted) return
            const address = new URL(answer.redirected ? answer.url : url)
            address.hash ||= url.hash
            if (request.body && address.pathname === SIGN_IN) this.refuse(gettext("You are signed out."), address)
            else if (request.body && answer.status >= 429 && !answer.redirected) this.refuse(page.querySelector(".auth__text")?.textContent ?? gettext("That was not done."))
            else if (request.body ? !page.querySelector("main") : !fits(page)) location.assign(address)
            else this.show(page, place, () => arrive(address), goOn)
        } catch (error) {
            if (!signal.aborted) await this.fail(error, url, request, signal)
        } finally {
            if (this.going.signal === signal) document.body.removeAttribute("data-going")
        }
    }

    // Where nothing is reached, the page that is there is better than the browser's word that there is none. Where only this
    // is not (a proxy leads it elsewhere, which scripts may not follow), nothing is lost by loading it; what was typed into a form would be.
    async fail(error, url, request, signal) {
        if (!(error instanceof TypeError)) throw error
        const isCut = request.body || (location.pathname + location.search === this.shown && !await isReached())
        if (signal.aborted) return
        if (isCut) this.refuse()
        else location.assign(url)
    }

    // A search, as it is typed: above what it would have found. In a room the typing-line says so by itself.
    miss(above) {
        this.pressed = above
        if (!document.querySelector("typing-line")) this.refuse()
    }

    // What was typed stays where it is, and is sent by the next press: see isSame. So it does where a server is too busy, or away.
    refuse(words = gettext("There is no connection. Try again."), signIn) {
        this.textContent = words
        tell("live:refused", words)
        if (document.querySelector("typing-line")) return document.getElementById("rooms").hidePopover?.() // it says so, beneath the drawer
        this.notice = Object.assign(document.createElement("p"), { className: "notice notice--problem", textContent: `${words} ` })
        if (signIn) this.notice.append(Object.assign(document.createElement("a"), { href: signIn, target: "_blank", textContent: gettext("Sign in") }))
        this.pressed?.after(this.notice)
    }

    show(page, place, arrive, goOn) {
        const before = location.pathname
        arrive()
        document.title = page.title
        this.textContent = page.querySelector(".notice")?.textContent ?? page.title
        document.body.className = page.body.className
        if (!fits(page)) return this.giveWay(page)
        const list = document.querySelector("room-list")
        list.renew(page.querySelector("room-list"))
        list.showCurrent()
        document.getElementById("rooms").hidePopover?.()
        document.querySelector(".skip-link").replaceWith(page.querySelector(".skip-link"))
        document.getElementById("sheet").replaceChildren() // a question about a message of the page that goes
        const next = page.getElementById("main")
        const focus = location.pathname === before && goOn?.(next)
        this.pane.replaceWith(next)
        htmx.process(this.pane)
        if (focus) focus()
        if (location.hash && !place) location.replace(location.hash) // what is linked to is the target now
        settleAt(this.pane, place)
    }

    // A refusal is a page of its own, without a desk: from there the way back is the browser's.
    giveWay(page) {
        document.body.replaceChildren(...page.body.childNodes)
        addEventListener("popstate", () => location.reload(), { once: true })
    }
}

// Nobody waits for an answer before they go on: what was typed since (or elsewhere; what is searched for is sent at once), place and focus go on in the pane that answers.
function unsent(pane, form) {
    const known = new Map()
    for (const field of pane.querySelectorAll(FIELDS)) {
        known.set(field, form.contains(field) || field.type === "search" ? valueOf(field) : field.defaultValue + field.defaultChecked)
    }
    return next => {
        const twinOf = node => node?.id && pane.contains(node) && next.querySelector(`#${CSS.escape(node.id)}`)
        for (const [field, value] of known) {
            const twin = valueOf(field) !== value && twinOf(field)
            if (twin) [twin.value, twin.checked] = [field.value, field.checked]
        }
        const focused = document.activeElement
        const twin = twinOf(focused)
        const list = next.querySelector(".directory")
        const top = placeOf(pane)?.top
        return () => {
            if (list) list.scrollTop = top ?? 0
            twin?.focus?.({ preventScroll: true })
            if (focused.selectionStart != null) twin?.setSelectionRange?.(focused.selectionStart, focused.selectionEnd)
        }
    }
}

// What was refused may carry the token of an earlier sign-in: with that of now the same person is heard, and nobody else.
async function isSame(body) {
    const now = parsed(await (await fetch(location)).text())
    const token = now.querySelector("[name=csrfmiddlewaretoken]")?.value
    if (!token || now.body.dataset.user !== document.body.dataset.user) return false
    renewToken(token)
    body.set("csrfmiddlewaretoken", token)
    return true
}

function valueOf(field) { return field.value + field.checked }

// A parser without a window runs no scripts, so it takes for real what is meant for browsers without them.
function parsed(html) {
    const page = new DOMParser().parseFromString(html, "text/html")
    for (const node of page.querySelectorAll("noscript")) node.remove()
    return page
}

function isReached() { return fetch("/healthz", { redirect: "manual" }).then(() => true, () => false) }

function isOurs(url) { return url.origin === location.origin && OURS.test(url.pathname) }

function around(url, sequence) {
    const address = new URL(url)
    address.searchParams.set("around", sequence)
    return address
}

// A page of another release brings other scripts and styles.
function fits(page) { return page.querySelector("main.pane") && assets(page) === assets(document) }

function assets(page) {
    return [...page.head.querySelectorAll("script[src], link[rel=stylesheet]")].map(node => node.getAttribute("src") ?? node.getAttribute("href")).join()
}

customElements.define("room-frame", RoomFrame)
