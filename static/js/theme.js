// Runs before the page is painted: the reader's choice of light or dark, if there is one.
try {
    const theme = localStorage.getItem("theme")
    if (theme) document.documentElement.dataset.theme = theme
} catch { /* no storage, no choice: as the system says */ }
