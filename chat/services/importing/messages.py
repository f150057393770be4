"""The messages of a file as rows, some hundred at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from chat import markup
from chat.models import Mention, Message, Room, User
from chat.models.reactions import Kept
from chat.services.importing.checking import RoomFile
from chat.services.importing.replies import Replies
from chat.services.importing.shapes import MessageFile, RenderedFile
from chat.services.mentions import mentionable

BATCH = 400  # an old SQLite takes 999 values in one statement

Said = tuple[MessageFile, RenderedFile]


def rendered(message: MessageFile) -> RenderedFile:
    text = words_of(message)
    if message.deleted_at is not None or not text:
        return RenderedFile(html="", mentions=())
    body = markup.render(text, mentionable(text))
    return RenderedFile(html=body.html, mentions=body.mentions)


def words_of(message: MessageFile) -> str:
    """Where only files were sent, their names: something was said there."""
    return markup.clean_text(message.text or ", ".join(f"({file.name})" for file in message.attachments))


def make_messages(file: RoomFile, bodies: Iterable[RenderedFile], room: Room, users: dict[str, User]) -> None:
    shift, replies = file.begins_at - 1, Replies(users)
    for batch in _batches(zip(file.messages, bodies, strict=True)):
        rows = [_row(said, body, room, users, shift) for said, body in batch]
        Message.objects.bulk_create(rows)
        meant = _meant(batch, rows, room, shift)
        _link(batch, rows, meant, shift)
        Mention.objects.bulk_create(_mentions(batch, rows), batch_size=BATCH)
        replies.make(
            [(row, said, meant[said.prompt - shift]) for row, (said, _) in zip(rows, batch, strict=True)
             if row.attempt_number is not None and said.prompt is not None]
        )  # fmt: skip


def _batches(said: Iterable[Said]) -> Iterator[list[Said]]:
    said = iter(said)
    while batch := list(islice(said, BATCH)):
        yield batch


def _row(said: MessageFile, body: RenderedFile, room: Room, users: dict[str, User], shift: int) -> Message:
    sequence = said.sequence - shift
    is_deleted = said.deleted_at is not None
    has_reply = said.attempt is not None and said.prompt is not None and said.prompt > shift
    facts: dict[str, Any] = {"status": Message.Status.COMPLETE, "attempt_number": None}
    if has_reply and said.attempt is not None:
        facts = {"status": _ended(said.status), "attempt_number": said.attempt.number}
    return Message(
        room=room,
        author=users[said.author],
        sequence=sequence,
        revision=sequence,
        created_revision=sequence,
        text="" if is_deleted else words_of(said),
        html="" if is_deleted else body.html,
        markup_version=0 if is_deleted else markup.VERSION,
        reactions=None if is_deleted else _reactions(said, users),
        created_at=said.created_at,
        edited_at=said.edited_at,
        deleted_at=said.deleted_at,
        **facts,
    )


def _reactions(said: MessageFile, users: dict[str, User]) -> Kept | None:
    return [
        (emoji, [users[name].pk for name in dict.fromkeys(names)]) for emoji, names in said.reactions.items() if names
    ] or None


def _meant(batch: list[Said], rows: list[Message], room: Room, shift: int) -> dict[int, Message]:
    """What these quote and answer, by sequence: of this batch, or stored before; not what came before the file."""
    here = {row.sequence: row for row in rows}
    places = {place - shift for said, _ in batch for place in (said.reply_to, said.prompt) if place is not None}
    return here | _stored(room, sorted(place for place in places - set(here) if place > 0))


def _stored(room: Room, places: Sequence[int]) -> dict[int, Message]:
    found = Message.objects.in_room(room).filter(sequence__in=places).only("room", "author", "sequence")
    return {message.sequence: message for message in found} if places else {}


def _link(batch: list[Said], rows: list[Message], meant: dict[int, Message], shift: int) -> None:
    answers = []
    for row, (said, _) in zip(rows, batch, strict=True):
        if said.reply_to is not None and (quoted := meant.get(said.reply_to - shift)) is not None:
            row.reply_to = quoted
            answers.append(row)
    Message.objects.bulk_update(answers, ["reply_to"], batch_size=BATCH // 4)


def _mentions(batch: list[Said], rows: list[Message]) -> Iterator[Mention]:
    for row, (_, body) in zip(rows, batch, strict=True):
        if not row.is_deleted:
            for user_id in body.mentions:
                yield Mention(message=row, user_id=user_id, room_id=row.room_id, sequence=row.sequence)


def _ended(status: str) -> str:
    """Nobody writes it any more."""
    return Message.Status.INTERRUPTED if status in Message.RUNNING else status
