"""What a reply gained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

from chat.drawing.casts import Cast, cast_of, filled, place
from chat.drawing.templates import html

MOST_CAST_PIECES = 3  # an announcement with more of them is rare


def grown(data: Mapping[str, int], pieces: Sequence[Mapping[str, Any]]) -> str:
    """As the template draws it, which is asked once for each form of it: a reply grows twenty times a second."""
    if len(pieces) > MOST_CAST_PIECES:
        return html("reply_grew", {**data, "pieces": [with_part(piece) for piece in pieces]})
    values = [str(number) for number in data.values()]
    for piece in pieces:
        part = "".join(piece.get("children", ()))
        values += str(piece["index"]), piece["html"] or part, str(piece.get("position")), escape(piece["text"] or "")
    return filled(_growth(tuple(data), tuple(map(_form, pieces))), values)


Form = tuple[bool, bool, bool, bool, bool]


def _form(piece: Mapping[str, Any]) -> Form:
    children = piece.get("children", ())
    is_rows = "".join(children[:1]).startswith("<tr")
    return piece["html"] is not None, bool(piece["is_open"]), bool(children), is_rows, bool(piece["text"])


def with_part(piece: Mapping[str, Any]) -> dict[str, Any]:
    """Rows need a table around them: no browser reads them without."""
    _, _, has_part, is_rows, _ = _form(piece)
    return {**piece, "part": "".join(piece["children"]) if has_part else None, "is_rows": is_rows}


@cache
def _growth(names: Sequence[str], forms: Sequence[Form]) -> Cast:
    places = map(place, range(len(names) + 4 * len(forms)))
    data: dict[str, Any] = {name: next(places) for name in names}
    pieces = []
    for has_html, is_open, has_part, is_rows, has_text in forms:
        index, inner, position, text = (next(places) for _ in range(4))
        pieces.append(
            {
                "index": index,
                "html": inner if has_html else None,
                "is_open": is_open,
                "part": inner if has_part else None,
                "position": position,
                "is_rows": is_rows,
                "text": text if has_text else None,
            }
        )
    return cast_of(html("reply_grew", {**data, "pieces": pieces}))
