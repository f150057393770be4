"""Addresses of pages that whoever walks through all of them walks through."""

from __future__ import annotations

ACCOUNT = [
    "/account/",
    "/account/tokens/",
    "/account/usage/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/accounts/logout/",
]
