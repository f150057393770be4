// What elements tell each other.
globalThis.tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }))
