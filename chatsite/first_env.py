"""Writes the first `.env` of a clone: `python3 -m chatsite.first_env HOST PORT`. One that exists it never changes.

It runs before anything is configured, so it knows neither Django nor the settings.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from pathlib import Path

EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - not bound here: an address nobody can type into a browser

NO_KEY = (
    "SECRET_KEY is not set. It belongs into the environment, or into .env beside manage.py: there, "
    "`python3 -m chatsite.first_env` writes a first .env, or prints the line that the .env that is there lacks."
)
KEY = re.compile(r"^(?:export )?SECRET_KEY=(.*)$", re.MULTILINE)


def site_url(host: str, port: str) -> str:
    host = "127.0.0.1" if host in EVERYWHERE else host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def write(path: Path, host: str, port: str) -> bool:
    """Whether there was none; only its owner may read it."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(file, "w") as env:
        env.write("# Made by the first start. .env.example lists what else can be set here.\n")
        env.write(f"{_line_of_a_key()}\n")
        env.write(f"SITE_URL={site_url(host, port)}\n")
    return True


def names_a_key(path: Path) -> bool:
    """As the settings read it: of several lines of the name the last one counts, and an empty one is none."""
    found = KEY.findall(path.read_text(encoding="utf-8-sig", errors="replace"))
    return bool(found and found[-1].strip().strip("\"'"))


def _line_of_a_key() -> str:
    return f"SECRET_KEY={secrets.token_urlsafe(50)}"


def main(host: str = "127.0.0.1", port: str = "8000") -> None:
    path = Path(".env")
    if write(path, host, port):
        print("Wrote .env: a secret key, and the address of the site.")  # noqa: T201
        return
    print(".env is there already, and was left as it is.")  # noqa: T201
    try:
        has_key = names_a_key(path)
    except OSError as error:
        sys.exit(f"It cannot be read: {error.strerror}.")
    if not has_key:
        print("It names no SECRET_KEY. Unless the environment does, put this line at its end:")  # noqa: T201
        print(_line_of_a_key())  # noqa: T201
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:3])
