"""Is the app there, is it one to chat with, and does it get the inputs it asks for?"""

from __future__ import annotations

from collections.abc import Iterator

from chat.providers.base import Backend, Check
from chat.providers.dify.calls import fetch
from chat.providers.dify.query import NOBODY
from chat.providers.errors import PLAIN_WORDS
from chat.providers.jsontext import JSONObject, as_list, as_object, as_text
from chat.providers.redaction import Redactor
from chat.providers.text import clean_line
from chat.providers.trouble import Trouble

_NOT_TO_CHAT_WITH = ("workflow", "completion")
_LONGEST_NAME = 80


async def check_app(backend: Backend, redact: Redactor) -> Check:
    try:
        app = await fetch(backend, "/info")
        form = await fetch(backend, "/parameters", user=NOBODY)
    except Trouble as trouble:
        return Check(False, f"{PLAIN_WORDS[trouble.kind]} ({redact(trouble.message)})")
    name, mode = (clean_line(as_text(app.get(key)), _LONGEST_NAME) for key in ("name", "mode"))
    if mode in _NOT_TO_CHAT_WITH:
        return Check(False, f"The app “{name}” is a {mode}, with which nobody can chat.")
    if lacking := list(_lacking(form, as_object(backend.body.get("inputs")))):
        example = ", ".join(f'"{variable}": "…"' for variable in lacking)
        return Check(False, f'The app “{name}” needs inputs: say {{"inputs": {{{example}}}}} in the extra body keys.')
    return Check(True, f"Reachable: the app “{name}”{f' ({mode})' if mode else ''}.")


def _lacking(form: JSONObject, given: JSONObject) -> Iterator[str]:
    """Each entry is ``{"text-input": {"variable": …, "required": …, "default": …}}``, whatever its kind of field."""
    for entry in map(as_object, as_list(form.get("user_input_form"))):
        for field in map(as_object, entry.values()):
            variable = clean_line(as_text(field.get("variable")), _LONGEST_NAME)
            if variable and field.get("required") is True and not field.get("default") and variable not in given:
                yield variable
