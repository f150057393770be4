// Runs before the page is painted: the reader's choice of light or dark, if there is one ("auto" is how the pages for staff write that there is none).
try {
    const theme = localStorage.getItem("theme")
    if (theme && theme !== "auto") document.documentElement.dataset.theme = theme
} catch { /* no storage, no choice: as the system says */ }
