// What offers names is asked for once there may be one: most who read never write any.
document.addEventListener("input", ({ target }) => {
    const completion = target.form?.querySelector("mention-completion:not(:defined)")
    if (completion && /@|^\//.test(target.value)) codeOf(completion.dataset).catch(() => {}) // with the next letter again
})
