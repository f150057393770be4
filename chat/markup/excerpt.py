"""A text in one plain line: for quotes, lists and notifications."""

import re

from chat.markup.hygiene import clean_text

_LOOK_AT = 20  # times the length: marks and addresses take room that the excerpt does not need

_DROPPED = re.compile(
    r"\\([!-/:-@\[-`{-~])"  # a character that was meant
    r"|^[^\S\n]*(?:`{3,}[^`\n]*|~{3,}[^\n]*|[-*_=|: ]{3,})$"  # fences, rules, rows of dashes
    r"|^[^\S\n]*(?:(?:>[^\S\n]?)+|#{1,6}[^\S\n]+|[-*+][^\S\n]+(?:\[[ xX]\][^\S\n]+)?)"
    r"|\*{1,3}(?=\S)|(?<=\S)\*{1,3}|~~|`+|(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)",
    re.MULTILINE,
)
_LINK = re.compile(r"!?\[([^\[\]\n]*+)\](?:\([^()\s]*+(?:\([^()\s]*+\)[^()\s]*+)?\)|\[[^\[\]\n]*+\])")
_CODE = re.compile(
    r"\\[!-/:-@\[-`{-~]"
    r"|^[^\S\n]*(?P<fence>`{3,}|~{3,})[^`\n]*\n(?P<block>(?s:.*?))(?:^[^\S\n]*(?P=fence)|\Z)"
    r"|(?<!`)(?P<ticks>`{1,8})(?!`)(?P<span>[^\n]+?)(?<!`)(?P=ticks)(?!`)",
    re.MULTILINE,
)
_ASIDE = re.compile("\x02([0-9]+)\x03")  # where code stood: neither is in any text


def excerpt(text: str, length: int = 140) -> str:
    """At most `length` characters, without markup; "…" at the end says that there is more."""
    start = text[: length * _LOOK_AT]
    line = unmarked(start)
    return shortened(line, length) if len(start) == len(text) else _cut(line, length)


def unmarked(text: str) -> str:
    """All of it in one line. Code is left as it is."""
    code: list[str] = []

    def aside(found: re.Match[str]) -> str:
        if not (found["fence"] or found["ticks"]):
            return found[0]
        code.append(found["block"] or found["span"] or "")
        return f"\x02{len(code) - 1}\x03"

    bare = _DROPPED.sub(r"\1", _LINK.sub(r"\1", _CODE.sub(aside, clean_text(text))))
    return " ".join(_ASIDE.sub(lambda place: code[int(place[1])], bare).split())


def shortened(line: str, length: int) -> str:
    """At most `length` characters, cut at the end of a word, with "…" if there was more."""
    return line if len(line) <= length else _cut(line, length)


def _cut(line: str, length: int) -> str:
    short = line[: length - 1]
    if len(line) > len(short) and not line[len(short)].isspace() and " " in short[length // 2 :]:
        short = short[: short.rindex(" ")]
    return f"{short.rstrip()}…"
