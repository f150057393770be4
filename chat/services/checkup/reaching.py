"""Who is reached: the assistants' back ends, and this site itself, as people reach it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx
from django.conf import settings

from chat.models import Assistant
from chat.services.checkup.findings import Finding, doubt, fault, ok
from chat.services.trials import check, missing, trouble_with_default

PATIENCE_SECONDS = 5
# Below these a program finds it by trying (Django's own check of settings asks for 50 and 5).
LEAST_OF_A_KEY, LEAST_OF_SIGNS = 32, 5
NEW_KEY = 'Everybody signs in anew after it: python3 -c "import secrets; print(secrets.token_urlsafe(50))" prints one.'


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
    trouble, remedy = trouble_with_default()
    if found and trouble:
        words = f"DEFAULT_ASSISTANT is {settings.DEFAULT_ASSISTANT}, which {trouble}: nobody new gets a room with it."
        yield doubt("assistants", words, remedy)


def key() -> Iterator[Finding]:
    """Commands make themselves one where it is missing, so all of them work; those that serve refuse to."""
    if settings.SECRET_KEY_IS_THROWAWAY:
        words = "SECRET_KEY is not set: manage.py serve will not start."
        yield fault("key", words, "Write it into .env (python3 -m chatsite.first_env makes one where there is none).")
    elif len(settings.SECRET_KEY) < LEAST_OF_A_KEY or len(set(settings.SECRET_KEY)) < LEAST_OF_SIGNS:
        words = "SECRET_KEY can be guessed, and who knows it can sign links that the site believes."
        yield doubt("key", words, NEW_KEY)
    else:
        yield ok("key", "SECRET_KEY is set.")


def address() -> Iterator[Finding]:
    """One request to SITE_URL, by whatever proxy stands before it. That of HTTPS_PROXY stands before the world."""
    place = f"{settings.SITE_URL}/accounts/login/"
    try:
        answer = httpx.get(place, timeout=PATIENCE_SECONDS, verify=believed(), trust_env=False)
    except httpx.HTTPError as error:
        yield unreached("address", error)
        return
    yield _judged(answer)


def believed() -> ssl.SSLContext:
    """The authorities that are known to all, and those that this machine was told of: a house may have its own."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context


def unreached(part: str, error: httpx.HTTPError) -> Finding:
    """Only what no browser takes either is a fault: it may be that just this machine does not see the site."""
    site = settings.SITE_URL
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        words = f"What answers at {site} is nothing that browsers believe ({error})."
        return fault(part, words, "Give the web server a valid certificate for this name, with its whole chain.")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        words = f"The name in {site} is not known here ({error})."
        return doubt(part, words, "Let DNS say where it is, or set SITE_URL.")
    words = f"Nobody answers at {site} ({str(error) or type(error).__name__})."
    return doubt(part, words, "Start manage.py serve, and the web server before it. Or set SITE_URL.")


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _remedy(assistant: Assistant) -> str:
    if missing(assistant):
        return "Set it in the environment or in .env."
    key = f", put the right key into {assistant.key_env}" if assistant.key_env else ""
    return f"Start its server{key}, or change the assistant: manage.py addassistant {assistant.slug} …"


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
