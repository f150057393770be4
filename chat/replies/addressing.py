"""Who is asked. Pure: it is told the facts and answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

MAX_ASKED = 5


def addressed(
    *,
    author_kind: str,
    members: Mapping[int, int],
    mentions: Collection[int],
    answering: int | None,
    is_direct: bool,
    ask: int | None = None,
) -> list[int]:
    """The assistants that answer a message, the named ones first, in the order they are named.

    ``members`` maps each enabled assistant of the room to its user. Assistants do not answer assistants, and a bot is
    answered only where it names one: nothing else keeps two programs from talking for ever. Who asks an assistant
    itself (``ask``) is answered by that one first, and not by the one that answers everything.
    """
    if author_kind == "assistant":
        return []
    by_user = {user: assistant for assistant, user in members.items()}
    asked = [ask] if ask is not None and ask in members else []
    asked += [by_user[user] for user in mentions if user in by_user]
    if author_kind == "person" and ask is None:
        asked += [assistant for assistant in members if assistant == answering or is_direct]
    return list(dict.fromkeys(asked))[:MAX_ASKED]
