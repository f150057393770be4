"""Who is reached: the assistants' back ends, and this site itself, as people reach it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
from django.conf import settings

from chat.models import Assistant
from chat.services.checkup.findings import Finding, doubt, fault, ok
from chat.services.trials import check, missing

PATIENCE_SECONDS = 5


def assistants() -> Iterator[Finding]:
    found = list(Assistant.objects.enabled().select_related("user").order_by("user__username"))
    if not found:
        yield doubt("assistants", "There are none.", "manage.py addassistant NAME --provider …")
    for assistant in found:
        verdict = check(assistant)
        if verdict.ok:
            yield ok("assistants", f"{assistant.slug}: {verdict.detail}")
        else:
            yield fault("assistants", f"{assistant.slug}: {verdict.detail}", _remedy(assistant))


def address() -> Iterator[Finding]:
    """One request to SITE_URL, by whatever proxy stands before it."""
    site = settings.SITE_URL
    try:
        answer = httpx.get(f"{site}/accounts/login/", timeout=PATIENCE_SECONDS, follow_redirects=False)
    except httpx.HTTPError as error:
        yield doubt("address", f"Nobody answers at {site} ({error}).", "Start it: manage.py serve. Or set SITE_URL.")
        return
    yield _judged(answer)


def _remedy(assistant: Assistant) -> str:
    return "Set it in the environment or in .env." if missing(assistant) else "manage.py addassistant changes it."


def _judged(answer: httpx.Response) -> Finding:
    site = settings.SITE_URL
    if answer.headers.get("location", "").startswith(site):
        words = "It redirects to itself for ever: the proxy's X-Forwarded-Proto is not believed."
        return fault("address", words, "Name the proxy's address in TRUSTED_PROXIES.")
    if answer.status_code == httpx.codes.BAD_REQUEST:
        words = "It does not know this host: the proxy hands on another one."
        return fault("address", words, "Let the proxy send Host, or name it in ALLOWED_HOSTS.")
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        return fault("address", f"{site} answers with {answer.status_code}.", "Look at the log of `serve`.")
    return ok("address", f"{site} answers.")
