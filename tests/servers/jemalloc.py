"""The allocator that a serving process takes where it is installed."""

from __future__ import annotations

from chatsite.allocator import installed_jemalloc
from tests.servers.programs import NotToBeHad, apt_install

PACKAGE = "libjemalloc2"


def find_jemalloc() -> str:
    """:raises NotToBeHad: neither found nor installed."""
    if found := installed_jemalloc() or (apt_install(PACKAGE) and installed_jemalloc()):
        return found
    raise NotToBeHad(f"jemalloc is not installed (Debian: {PACKAGE})")
