"""Which files an app takes. An app whose file upload is off ignores them without a word, so it is asked beforehand."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from chat.providers.base import Backend, Document, Picture
from chat.providers.dify import calls
from chat.providers.dify.kinds import ending_of, kind_of
from chat.providers.jsontext import JSONObject, as_count, as_list, as_object, as_text
from chat.providers.trouble import Trouble

KEPT_SECONDS = 600.0
_MOST_KEPT = 1000
_known: dict[tuple[str, str], tuple[float, Taking]] = {}


@dataclass(frozen=True, slots=True)
class Taking:
    """``kinds`` None: nobody knows, so all are offered. ``endings``: of the names of custom files. The newest files
    matter most, and of them so many are taken."""

    kinds: frozenset[str] | None = None
    endings: frozenset[str] = frozenset()
    most: int | None = None

    def split(self, files: Sequence[Picture | Document]) -> tuple[list[Picture | Document], list[Picture | Document]]:
        """What it takes, and what it does not."""
        able = [file for file in files if self._takes(file)]
        taken = able if self.most is None else able[max(0, len(able) - self.most) :]
        return taken, [file for file in files if not any(file is one for one in taken)]

    def _takes(self, file: Picture | Document) -> bool:
        if self.kinds is None or kind_of(file) in self.kinds:
            return True
        return "custom" in self.kinds and ending_of(file) in self.endings


async def taking_of(backend: Backend, user: str) -> Taking:
    """Asked every few minutes: somebody may switch the upload on."""
    place = backend.base_url, backend.key
    asked_at, taking = _known.get(place, (-KEPT_SECONDS, Taking()))
    if time.monotonic() - asked_at < KEPT_SECONDS:
        return taking
    try:
        taking = read_taking(as_object((await calls.fetch(backend, "/parameters", user=user)).get("file_upload")))
    except Trouble:
        return Taking()
    if len(_known) >= _MOST_KEPT:
        _known.clear()
    _known[place] = time.monotonic(), taking
    return taking


def read_taking(upload: JSONObject) -> Taking:
    """Newer servers list the kinds; older ones know pictures only, under a key of their own."""
    if not upload:
        return Taking()
    pictures = as_object(upload.get("image"))
    if "enabled" in upload or "allowed_file_types" in upload:
        kinds = {as_text(kind) for kind in as_list(upload.get("allowed_file_types"))}
        kinds |= {"image"} if pictures.get("enabled") is True else set()
        if upload.get("enabled") is False and pictures.get("enabled") is not True:
            kinds = set()
        endings = (as_text(ending).lower().lstrip(".") for ending in as_list(upload.get("allowed_file_extensions")))
        return Taking(frozenset(kinds), frozenset(endings), as_count(upload.get("number_limits")))
    kinds = {"image"} if pictures.get("enabled") is True else set()
    return Taking(frozenset(kinds), most=as_count(pictures.get("number_limits")))


def forget_taking() -> None:
    """Every app is asked anew."""
    _known.clear()
