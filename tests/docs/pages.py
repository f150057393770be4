"""Reading the documentation."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.servers.programs import ROOT

PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "bench" / "README.md"])


def table(first_heading: str) -> list[list[str]]:
    """The cells of the one table that begins with this heading, without the headings."""
    parts = re.split(rf"^\| {re.escape(first_heading)} \|.*\n\|[-:|]+\|\n", PROTOCOL, flags=re.MULTILINE)
    assert len(parts) == 2, f"{len(parts) - 1} tables begin with {first_heading}"
    rows = re.match(r"(?:\|.*\n)+", parts[1])
    assert rows, f"the table of {first_heading} is empty"
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[0].splitlines()]


def block(language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", PROTOCOL, flags=re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def samples() -> list[dict[str, Any]]:
    return [json.loads(line) for line in block("json").splitlines()]


def strip(cell: str) -> str:
    return cell.strip("`")


def links(text: str) -> list[str]:
    found: list[str] = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [link for link in found if not link.startswith(("http://", "https://", "mailto:"))]


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in anchors(target.read_text()))


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(text: str) -> list[str]:
    fenced = "\n".join(re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL))
    found = re.findall(r"(?:\.venv/bin/python|exec web python) manage\.py ([^)\n]+)", fenced)
    return [line.partition("    #")[0].removesuffix("&") for line in found]
