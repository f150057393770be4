// A time in the reader's own zone and manner of writing: the hour, or with data-form the day. A page brings it
// by the clock its reader had before (chat/views/lines.py), a fragment in UTC.
const zone = document.body.dataset.timeZone || undefined
const { hour12, timeZone } = format({ hour: "numeric" }).resolvedOptions()
const clock = format({ hour: hour12 ? "numeric" : "2-digit", minute: "2-digit" })
const day = format({ dateStyle: "medium" })
const whole = format({ dateStyle: "full", timeStyle: "short" })

class LocalTime extends HTMLElement {
    connectedCallback() {
        const time = this.querySelector("time")
        const date = new Date(time?.dateTime)
        if (Number.isNaN(date.getTime())) return
        const form = this.dataset.form === "day" ? day : clock
        if (time.textContent !== form.format(date)) time.replaceChildren(...form.formatToParts(date).map(drawn))
        this.title = whole.format(date)
    }
}

// Morning or afternoon by itself: a narrow place leaves it out.
function drawn({ type, value }) {
    return type === "dayPeriod" ? Object.assign(document.createElement("span"), { className: "half-day", textContent: value }) : value
}

const isMonthFirst = format({ month: "long", day: "numeric" }).formatToParts()[0].type === "month"
document.cookie = `clock=${hour12 ? 12 : 24}${isMonthFirst ? "m" : ""}.${timeZone}; path=/; max-age=31536000; samesite=lax`

// A zone the browser does not know is no reason to show nothing.
function format(options) {
    try { return new Intl.DateTimeFormat(undefined, { ...options, timeZone: zone }) }
    catch { return new Intl.DateTimeFormat(undefined, options) }
}

customElements.define("local-time", LocalTime)
