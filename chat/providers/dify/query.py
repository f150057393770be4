"""What is said to an app: it gets one text, and remembers the rest by itself once it knows the conversation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from chat.providers.base import ChatRequest, Document, Picture, Turn
from chat.providers.dify.files import Enclosed
from chat.providers.left_out import with_words_for
from chat.providers.outgoing import Body

NOBODY = "chat"  # whoever asks outside of any room
OURS = ("query", "response_mode", "user", "conversation_id", "files")
_POSES_AS_US = re.compile(r"^you(?=\s*[:(])", re.MULTILINE | re.IGNORECASE)  # a person may be called so
_LONGEST_TAIL = 4000
_GO_ON = (
    "Your answer broke off after this:\n\n{begun}\n\nGo on exactly where it ended, in the middle of a word if need be: "
    "repeat nothing, and say nothing about the interruption."
)


def user_of(request: ChatRequest) -> str:
    return request.conversation.user if request.conversation else NOBODY


def body_for(request: ChatRequest, conversation_id: str, extra: Body, enclosed: Enclosed) -> Body:
    """``extra`` are the back end's own keys."""
    given = {name: value for name, value in extra.items() if name not in OURS}
    return {
        "inputs": {},
        "auto_generate_name": False,
        **given,
        "query": query_for(request, is_known=bool(conversation_id), left_out=enclosed.left_out),
        "response_mode": "streaming",  # agents refuse anything else
        "user": user_of(request),
        "conversation_id": conversation_id,
        "files": list(enclosed.uploaded),
    }


def query_for(request: ChatRequest, *, is_known: bool, left_out: Sequence[Picture | Document] = ()) -> str:
    """What is new, for who remembers the rest; else all there is to know."""
    news = request.conversation.news if request.conversation and is_known else ()
    said = "\n\n".join(filter(str.strip, (turn.content for turn in news))) if news else _everything(request.turns)
    said = with_words_for(said, left_out)
    if not request.begun.strip():
        return said
    return f"{said}\n\n{_GO_ON.format(begun=request.begun[-_LONGEST_TAIL:])}"


def _everything(turns: Iterable[Turn]) -> str:
    """People's words begin with their names, so the app's own ones get one, too, which nobody else may use."""
    said = [turn for turn in turns if turn.content.strip()]
    system = [turn.content for turn in said if turn.role == "system"]
    spoken = [turn for turn in said if turn.role != "system"]
    if len(spoken) == 1:
        return "\n\n".join((*system, spoken[0].content))
    return "\n\n".join((*system, *map(_line, spoken)))


def _line(turn: Turn) -> str:
    if turn.role == "user":
        return _POSES_AS_US.sub(r"“\g<0>”", turn.content)
    return "You: " + turn.content.replace("\n", "\n  ")  # indented, as what other people say
