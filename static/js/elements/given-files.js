// Files that are given to the composer: chosen, pasted, or dropped anywhere on the page.
globalThis.hearOfFiles = (form, list, life, take) => {
    const input = list.querySelector("input[class]")
    const chosen = () => { take([...input.files]); input.value = "" }
    input.addEventListener("change", chosen)
    if (input.files.length) chosen() // on a slow line, before this came
    form.addEventListener("paste", event => paste(event, take))
    const hear = event => drag(event, list, files => { take(files); form.elements.namedItem("text").focus() })
    for (const name of ["dragover", "dragleave", "drop"]) document.addEventListener(name, hear, life)
}

// Of a table that was copied elsewhere there is a picture besides: then the words are meant. Of a file, there may be its name.
function paste(event, take) {
    const files = [...event.clipboardData.files]
    const names = event.clipboardData.getData("text/plain").split(/[\r\n]+/).filter(Boolean).map(line => line.split("/").at(-1))
    if (!files.length || !names.every(name => files.some(file => file.name === name))) return
    event.preventDefault()
    take(files)
}

function drag(event, list, take) {
    if (!event.dataTransfer.types.includes("Files")) return
    event.preventDefault()
    list.classList.toggle("files--drop", event.type === "dragover")
    if (event.type === "drop") take([...event.dataTransfer.files])
}
