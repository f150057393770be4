"""A browser from the system: nothing is downloaded."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tests.servers.programs import Program

CHROMIUM = Program(
    name="Chromium",
    names=("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"),
    places=("usr/lib/chromium/chromium", "snap/bin/chromium", "opt/google/chrome/chrome"),
    package="chromium",
)
# The same browser without any windows: a third of the work, where there is a package of it.
SHELL = Program(
    name="Chromium's headless shell",
    names=("chromium-headless-shell", "chrome-headless-shell"),
    places=("usr/lib/chromium/chromium-headless-shell",),
)
# Each window of the new headless mode loads two pages for its address bar, which nobody ever sees: more than half of
# what a test's browser computes. A later list replaces an earlier one, so what Playwright leaves out is named again.
FEATURES_LEFT_OUT = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
QUIET = [
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(FEATURES_LEFT_OUT)}",
]


@dataclass(frozen=True, slots=True)
class Chromium:
    executable: str
    args: list[str]


def find_chromium() -> Chromium:
    """The browser as people have it.

    :raises NotToBeHad: there is none.
    """
    return _quiet(CHROMIUM.path())


def find_headless() -> Chromium:
    """Whichever there is; tests need no windows.

    :raises NotToBeHad: there is none.
    """
    return _quiet(SHELL.found() or CHROMIUM.path())


def _quiet(executable: Path) -> Chromium:
    """Chromium's sandbox does not work for root, and only then goes without."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return Chromium(executable=str(executable), args=[*sandbox, *QUIET])
