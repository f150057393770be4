"""Addresses that stand in every message, seven to each: what Django makes of a name is asked for once."""

from __future__ import annotations

from functools import cache

from django.urls import get_script_prefix, reverse

ANY = "987654321"  # a number, and a slug


def address(name: str, key: object) -> str:
    """As ``reverse(name, args=[key])``, for addresses with one number or slug in them."""
    before, after = _pattern(name, get_script_prefix())
    return f"{before}{key}{after}"


@cache
def _pattern(name: str, script_prefix: str) -> tuple[str, str]:
    before, _, after = reverse(name, args=[ANY]).partition(ANY)
    return before, after
