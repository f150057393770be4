"""What a back end turned out not to understand, so that not every reply has to be refused first. Per process."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from enum import Enum, auto

from chat.providers.errors import FailureKind
from chat.providers.trouble import Trouble

KEPT_SECONDS = 3600.0  # then it is tried anew: a server may have been given what it lacked
_MOST_KEPT = 1000
_OF_PICTURES = re.compile(r"image|picture|vision|multi-?modal|mmproj", re.IGNORECASE)
_OF_TEMPLATES = re.compile(r"template|jinja", re.IGNORECASE)
_LACKING = re.compile(
    r"(?:not|n't|only) support|unsupported|no \w+ found that support|not enabled|not a multi-?modal|at most 0\b"
    r"|unknown variant|missing data",
    re.IGNORECASE,
)
_OF_CONTENT = re.compile("content", re.IGNORECASE)
_OF_FORMATS = re.compile(r"\bformats?\b|\bmime\b|media.?type", re.IGNORECASE)
_ONLY_TEXT = re.compile(r"content\b.{0,20}must be a string", re.IGNORECASE)
_OF_THESE = re.compile(
    r"too (?:many|large|small|big)\b|\b(?:at most|up to|max(?:imum)?(?: of| is)?) [1-9]|\bdimensions?\b|\bpixels?\b",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"not support|unsupported|unexpected|not permitted|unrecogni[sz]ed|unknown|only user and|only \S+ is allowed"
)
_ONLY_USUAL = re.compile(r"deprecated|may only be|must be 1(?:\.0)?(?![\d.])|only the default")
_WITHOUT_SYSTEM = re.compile(
    r"developer instruction is not enabled|(?<!after the optional system message, )conversation roles must alternate"
)


class Lesson(Enum):
    NO_STREAM_OPTIONS = auto()
    NEWER_LIMIT = auto()  # max_completion_tokens instead of max_tokens
    OLDER_LIMIT = auto()  # the other way round
    NO_TEMPERATURE = auto()
    NO_DEVELOPER = auto()
    NO_SYSTEM = auto()  # some local chat templates know only two speakers
    NO_PICTURES = auto()
    NOT_THESE_PICTURES = auto()  # they are too many, or of a size it does not take: others may not be
    PICTURES_REFUSED = auto()  # perhaps for another reason altogether: others may be taken
    NO_PREFILL = auto()
    NO_WISHES = auto()  # of whoever asks, for this answer: others may have none, or ones that are understood


def lessons_of(trouble: Trouble) -> Iterator[Lesson]:
    """What this refusal may be about, the likeliest first."""
    said = trouble.message.lower()
    if trouble.status in (400, 422):
        yield from _of_keys(said)
        if "developer" in said or "unexpected message role" in said:
            yield Lesson.NO_DEVELOPER
    if trouble.status in (400, 422, 500) and _knows_no_system(said):
        yield Lesson.NO_SYSTEM
    if _is_refusal(trouble):
        yield Lesson.NO_WISHES
    yield from _of_what_was_said(trouble)


def _of_keys(said: str) -> Iterator[Lesson]:
    if "stream_options" in said:
        yield Lesson.NO_STREAM_OPTIONS
    if "max_completion_tokens" in said:
        yield Lesson.NEWER_LIMIT
        if _UNKNOWN.search(said):
            yield Lesson.OLDER_LIMIT
    if "temperature" in said and (_UNKNOWN.search(said) or _ONLY_USUAL.search(said)):
        yield Lesson.NO_TEMPERATURE


def _knows_no_system(said: str) -> bool:
    """Gemma's servers call it a developer's; templates that know two speakers find it out of turn."""
    return _WITHOUT_SYSTEM.search(said) is not None or ("system" in said and _UNKNOWN.search(said) is not None)


def _of_what_was_said(trouble: Trouble) -> Iterator[Lesson]:
    if _is_refusal(trouble) or _failed_over(trouble, _OF_PICTURES, _OF_TEMPLATES, _OF_CONTENT):
        yield Lesson.NO_PREFILL
    if _is_refusal(trouble) or _failed_over(trouble, _OF_PICTURES, _OF_TEMPLATES):
        yield _of_pictures(trouble)


def _is_refusal(trouble: Trouble) -> bool:
    """Whatever its words are: servers without vision complain of the message's shape in many ways."""
    return trouble.kind is FailureKind.CONFIG and trouble.status in (400, 404, 413, 415, 422)


def _failed_over(trouble: Trouble, *subjects: re.Pattern[str]) -> bool:
    """Local servers fail, rather than refuse, when a chat template meets what it does not know."""
    return trouble.kind is FailureKind.SERVER and any(subject.search(trouble.message) for subject in subjects)


def _of_pictures(trouble: Trouble) -> Lesson:
    """Who counts or measures them has eyes, and only who says that it has none is asked without them from now on."""
    said = trouble.message
    if trouble.status == 413 or _OF_THESE.search(said):
        return Lesson.NOT_THESE_PICTURES
    lacks_eyes = _OF_PICTURES.search(said) and _LACKING.search(said) and not _OF_FORMATS.search(said)
    return Lesson.NO_PICTURES if lacks_eyes or _ONLY_TEXT.search(said) else Lesson.PICTURES_REFUSED


_OF_ONE_ANSWER = frozenset({Lesson.NOT_THESE_PICTURES, Lesson.PICTURES_REFUSED, Lesson.NO_WISHES})


class Memory:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[float, frozenset[Lesson]]] = {}

    def of(self, base_url: str, model: str) -> frozenset[Lesson]:
        learnt_at, lessons = self._kept.get((base_url, model), (0.0, frozenset()))
        return lessons if self._clock() - learnt_at < KEPT_SECONDS else frozenset()

    def keep(self, base_url: str, model: str, lessons: frozenset[Lesson]) -> None:
        lessons -= _OF_ONE_ANSWER
        if lessons == self.of(base_url, model):
            return
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[base_url, model] = (self._clock(), lessons)


_memory = Memory()


def memory() -> Memory:
    return _memory


def forget_lessons() -> None:
    """Every back end gets a clean slate."""
    _memory._kept.clear()
