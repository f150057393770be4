"""Writes the first `.env` of a clone: `python3 -m chatsite.first_env HOST PORT`. Never changes one that exists.

It runs before anything is configured, so it knows neither Django nor the settings.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - not bound here: an address nobody can type into a browser


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
        env.write(f"SECRET_KEY={secrets.token_urlsafe(50)}\n")
        env.write(f"SITE_URL={site_url(host, port)}\n")
    return True


def main(host: str = "127.0.0.1", port: str = "8000") -> None:
    if write(Path(".env"), host, port):
        print("Wrote .env: a secret key, and the address of the site.")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:3])
