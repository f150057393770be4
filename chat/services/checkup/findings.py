from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    OK = "ok"
    DOUBT = "doubt"  # works, but somebody should look
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """``remedy`` says what to do; it is empty where nothing is to be done."""

    part: str
    grade: Grade
    words: str
    remedy: str = ""


def ok(part: str, words: str) -> Finding:
    return Finding(part, Grade.OK, words)


def doubt(part: str, words: str, remedy: str) -> Finding:
    return Finding(part, Grade.DOUBT, words, remedy)


def fault(part: str, words: str, remedy: str) -> Finding:
    return Finding(part, Grade.FAULT, words, remedy)
