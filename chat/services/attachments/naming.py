from __future__ import annotations

import re

from chat import markup
from chat.models.attachments import LONGEST_NAME, NAMELESS

LONGEST_ENDING = 16
LONGEST_BYTES = 240  # the most a file's name has on most disks is 255
PATH = re.compile(r"^.*[/\\]", re.DOTALL)
# What browsers write, in the head of a form's part, for what would end it; and nothing else, not even "%" itself
# (https://html.spec.whatwg.org/#multipart-form-data).
IN_FORMS = {"%22": '"', "%0D": "\r", "%0A": "\n"}
ESCAPED = re.compile("|".join(IN_FORMS))


def cleaned_name(given: str) -> str:
    """As it is shown and offered to be saved: no path, nothing that hides what it ends with."""
    meant = ESCAPED.sub(lambda found: IN_FORMS[found[0]], PATH.sub("", given))
    return _shortened(markup.clean_line(meant).strip(". ")) or NAMELESS


def _shortened(name: str) -> str:
    """What it ends with stays: it says what kind of file it is."""
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        stem, ending = name, ""
    room = LONGEST_NAME - len(dot + ending)
    stem = stem[:room]
    while len((stem + dot + ending).encode()) > LONGEST_BYTES:
        stem = stem[:-1]
    return f"{stem}.{ending}" if ending else stem
