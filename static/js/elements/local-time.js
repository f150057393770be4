// A time in the reader's own zone and manner of writing: the hour, or with data-form the day. Without scripts it stands in UTC.
const zone = document.body.dataset.timeZone || undefined
const clock = format({ hour: "2-digit", minute: "2-digit" })
const day = format({ dateStyle: "medium" })
const whole = format({ dateStyle: "full", timeStyle: "short" })

class LocalTime extends HTMLElement {
    connectedCallback() {
        const time = this.querySelector("time")
        const date = new Date(time?.dateTime)
        if (Number.isNaN(date.getTime())) return
        time.textContent = (this.dataset.form === "day" ? day : clock).format(date)
        this.title = whole.format(date)
    }
}

// A zone the browser does not know is no reason to show nothing.
function format(options) {
    try { return new Intl.DateTimeFormat(undefined, { ...options, timeZone: zone }) }
    catch { return new Intl.DateTimeFormat(undefined, options) }
}

customElements.define("local-time", LocalTime)
