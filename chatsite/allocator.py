"""Which allocator a serving process has its memory from."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

SERVING = frozenset({"serve", "runreplies"})
CHOICES = frozenset({"PYTHONMALLOC", "LD_PRELOAD"})
# One arena: Python lets one thread at a time do anything. What is free goes back within two seconds, by a thread of
# jemalloc's own, because an idle process allocates nothing on which occasion it could.
SETTINGS = "narenas:1,background_thread:true,dirty_decay_ms:2000,muzzy_decay_ms:0"


def choose_allocator(words: Sequence[str]) -> None:
    """jemalloc where it is installed, for the commands that stay; what somebody else has chosen is left as it is.

    Python's own gives memory back a megabyte at a time, when nothing in it is used: after two thousand sockets have
    come and gone it keeps a third of itself for nothing. An allocator has to be there before Python is, so this starts
    the same command once more in its own place.
    """
    if not SERVING.intersection(words[1:2]) or CHOICES.intersection(os.environ):
        return
    if library := installed_jemalloc():
        chosen = {"LD_PRELOAD": library, "PYTHONMALLOC": "malloc"}
        environment = {"MALLOC_CONF": SETTINGS, **os.environ, **chosen}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606 - our own command


def installed_jemalloc() -> str | None:
    """What the loader calls it. Opening it here would say nothing: it takes no room in threads that run already."""
    from ctypes.util import find_library  # only where somebody serves

    return find_library("jemalloc")
