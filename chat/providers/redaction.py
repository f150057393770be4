"""No key leaves this package, neither in a message nor in a log line."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from chat.providers.base import Backend
from chat.providers.text import clean_line

_LONGEST = 500
_SHORTEST_SECRET = 4  # shorter "keys" are placeholders, and common words
_LOOKS_LIKE_A_KEY = re.compile(
    r"(?i:\bbearer\s+[^\s\"',;]+)"
    r"|\b(?:sk|app|gsk|xai|hf|pk|nvapi|pplx|csk|ghp)[-_][\w*.\-]{6,}"
    r"|\bAIza[\w*\-]{20,}"  # Google's
    r"|\beyJ[\w\-]{8,}\.[\w.\-]{8,}"  # a JSON web token
)
_SHORTEST_SURE_KEY = 12
_HIDDEN = "[key]"


class Redactor:
    def __init__(self, backend: Backend) -> None:
        secrets = {form for secret in _secrets_of(backend) for form in _forms_of(secret)}
        longest_first = sorted(secrets, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if secrets else None

    def __call__(self, message: str) -> str:
        """One line that may be shown to staff. Hides first and cuts afterwards: half a key would not be recognised."""
        if self._secrets:
            message = self._secrets.sub(_HIDDEN, message)
        return clean_line(_LOOKS_LIKE_A_KEY.sub(_HIDDEN, message), _LONGEST)


def looks_like_a_key(text: str) -> bool:
    """Surer than what is hidden: to refuse a harmless text would be worse than to hide it."""
    found = _LOOKS_LIKE_A_KEY.search(text)
    return found is not None and len(found[0]) >= _SHORTEST_SURE_KEY and any(map(str.isdigit, found[0]))


def _secrets_of(backend: Backend) -> set[str]:
    password = _password_in(backend.base_url)
    values = {backend.key, password, *backend.headers.values(), *backend.query.values()}
    return {part for value in values for part in (value, value.strip()) if len(part) >= _SHORTEST_SECRET}


def _forms_of(secret: str) -> tuple[str, ...]:
    """As it is, as in a URL, and as in the repr of a library's complaint about it."""
    return secret, quote(secret, safe=""), secret.encode("unicode_escape").decode()


def _password_in(url: str) -> str:
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""
