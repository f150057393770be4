"""deploy/rolling-restart.sh itself; what restarts a unit is the test, where an operator has systemd."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.servers.programs import ROOT
from tests.site import Site

SCRIPT = ROOT / "deploy" / "rolling-restart.sh"
# Asks for it by a file, and waits for the file to go, as `systemctl restart` waits.
RESTART = """#!/bin/sh
touch "$WANTED/$1"
while [ -e "$WANTED/$1" ]; do sleep 0.1; done
"""
RUNNING = """#!/bin/sh
kill -0 "$(cat "$WANTED/../$1.pid")"
"""


async def restart_one_by_one(units: dict[str, Site], directory: Path) -> str:
    """What the script said."""
    wanted = directory / "wanted"
    wanted.mkdir()
    for name, site in units.items():
        write_pid(name, site, directory)
    supervisor = {name: program(directory / name, text) for name, text in (("RESTART", RESTART), ("RUNNING", RUNNING))}
    script = await asyncio.create_subprocess_exec(
        str(SCRIPT),
        *units,
        env={"PATH": os.environ["PATH"], "WANTED": str(wanted), **supervisor},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    serving = asyncio.create_task(serve(units, wanted))
    listening = asyncio.create_task(script.communicate())
    try:
        await asyncio.wait({serving, listening}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():  # a unit did not start, and the script would wait for it for ever
            script.kill()
            await serving
        told, _ = await listening
    finally:
        serving.cancel()
    assert script.returncode == 0, told.decode()
    return told.decode()


def program(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


async def serve(units: dict[str, Site], wanted: Path) -> None:
    while True:
        await asyncio.to_thread(restart_what_is, wanted, units)
        await asyncio.sleep(0.05)


def restart_what_is(wanted: Path, units: dict[str, Site]) -> None:
    for file in wanted.iterdir():
        site = units[file.name]
        restart(file.name, site)
        write_pid(file.name, site, wanted.parent)
        file.unlink()


def write_pid(unit: str, site: Site, directory: Path) -> None:
    (directory / f"{unit}.pid").write_text(str(site.pid))


def restart(unit: str, site: Site) -> None:
    site.stop()
    if unit.startswith("chat-web@"):
        site.start()
    else:
        site.start_command("runreplies")
