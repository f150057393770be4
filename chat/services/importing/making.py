from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from chat import markup
from chat.exceptions import Invalid, NameTaken
from chat.models import Membership, Mention, Message, Room, User
from chat.services.importing.people import assistant_of, users_of
from chat.services.importing.replies import make_replies
from chat.services.importing.shapes import MessageFile, RoomFile
from chat.services.messages import mentionable
from chat.services.rooms import slug_for

BATCH = 500


@dataclass(frozen=True, slots=True)
class Imported:
    """``made`` are the people that had to be; ``begins_at`` is where the file's part of its room began,
    ``file_count`` how many files went with its messages and are not here."""

    room: Room
    message_count: int
    made: list[str] = field(default_factory=list)
    begins_at: int = 1
    file_count: int = 0


def import_room(file: RoomFile, *, slug: str = "", is_new: bool = False) -> Imported:
    """The room, whole or not at all. Texts are rendered anew.

    ``is_new``: whatever is here already, as another room; a direct conversation becomes a private room.

    :raises NameTaken: there is a room at this address, or a direct one of these people.
    :raises Invalid: somebody of this name is something else here.
    """
    rendered = [_rendered(message) for message in file.messages]  # before anything is locked
    try:
        with transaction.atomic():
            users, made = users_of(file.people)
            room = _make_room(file, users, slug, is_new=is_new)
            _make_members(file, room, users)
            _make_messages(file, room, users, rendered)
    except IntegrityError as error:  # somebody was quicker
        raise NameTaken("There is such a room already.") from error
    left_out = sum(len(message.attachments) for message in file.messages)
    return Imported(room, len(file.messages), made, _first(file), left_out)


def _make_room(file: RoomFile, users: dict[str, User], slug: str, *, is_new: bool) -> Room:
    about = file.room
    slug = slug or about.slug
    kind = "private" if is_new and about.kind == "direct" else about.kind
    if Room.objects.filter(slug=slug).exists():
        if not is_new:
            raise NameTaken(f"There is a room {slug} already. Give another --slug, or --as-new.")
        slug = slug_for(about.name)
    direct_key = _direct_key(file, users) if kind == "direct" else None
    if direct_key is not None and Room.objects.filter(direct_key=direct_key).exists():
        raise NameTaken("These people have a direct conversation already. --as-new makes a private room of it.")
    answering = users[about.answering_assistant] if about.answering_assistant else None
    last = len(file.messages)
    room = Room(
        slug=slug,
        name=_line(about.name),
        kind=kind,
        topic=_line(about.topic),
        instructions=markup.clean_text(about.instructions),
        answering_assistant=assistant_of(answering) if answering is not None else None,
        direct_key=direct_key,
        created_at=about.created_at,
        archived_at=about.archived_at,
        last_sequence=last,
        revision=last + 1,
        changed_revision=last + 1,
    )
    room.clean_fields()
    room.save(force_insert=True)
    return room


def _direct_key(file: RoomFile, users: dict[str, User]) -> str:
    """As ``direct_room`` makes it."""
    if not 2 <= len(file.members) <= 9:
        raise Invalid("members: a direct conversation has two to nine people.")
    return ":".join(map(str, sorted(users[member.name].pk for member in file.members)))


def _make_members(file: RoomFile, room: Room, users: dict[str, User]) -> None:
    """They have read everything: nothing of it is new."""
    Membership.objects.bulk_create(
        Membership(
            room=room,
            user=users[member.name],
            role=member.role,
            joined_at=member.joined_at,
            last_read_sequence=room.last_sequence,
        )
        for member in file.members
    )


def _make_messages(file: RoomFile, room: Room, users: dict[str, User], rendered: list[markup.Rendered]) -> None:
    shift = _first(file) - 1
    with_rows = zip(file.messages, rendered, strict=True)
    rows = [_message(said, body, room, users, shift) for said, body in with_rows]
    Message.objects.bulk_create(rows, batch_size=BATCH)
    by_sequence = {row.sequence: row for row in rows}
    answers = [_answering(row, said, by_sequence, shift) for row, said in zip(rows, file.messages, strict=True)]
    Message.objects.bulk_update([row for row in answers if row is not None], ["reply_to"], batch_size=BATCH)
    Mention.objects.bulk_create(_mentions(rows, rendered), batch_size=BATCH)
    make_replies(file, by_sequence, users, shift)


def _message(said: MessageFile, body: markup.Rendered, room: Room, users: dict[str, User], shift: int) -> Message:
    sequence = said.sequence - shift
    is_deleted = said.deleted_at is not None
    has_reply = said.attempt is not None and said.prompt is not None and said.prompt > shift
    facts: dict[str, Any] = {"status": Message.Status.COMPLETE, "attempt_number": None}
    if has_reply and said.attempt is not None:
        facts = {"status": ended(said.status), "attempt_number": said.attempt.number}
    return Message(
        room=room,
        author=users[said.author],
        sequence=sequence,
        revision=sequence,
        created_revision=sequence,
        text="" if is_deleted else words_of(said),
        html="" if is_deleted else body.html,
        markup_version=0 if is_deleted else markup.VERSION,
        created_at=said.created_at,
        edited_at=said.edited_at,
        deleted_at=said.deleted_at,
        **facts,
    )


def _answering(row: Message, said: MessageFile, by_sequence: dict[int, Message], shift: int) -> Message | None:
    """With the message it quotes, if that is in the file."""
    quoted = by_sequence.get(said.reply_to - shift) if said.reply_to is not None else None
    if quoted is None:
        return None
    row.reply_to = quoted
    return row


def _mentions(rows: list[Message], rendered: list[markup.Rendered]) -> Iterator[Mention]:
    for row, body in zip(rows, rendered, strict=True):
        if not row.is_deleted:
            for user_id in body.mentions:
                yield Mention(message=row, user_id=user_id, room_id=row.room_id, sequence=row.sequence)


def _rendered(message: MessageFile) -> markup.Rendered:
    text = words_of(message)
    if message.deleted_at is not None or not text:
        return markup.Rendered("", ())
    return markup.render(text, mentionable(text))


def words_of(message: MessageFile) -> str:
    """Where only files were sent, their names: something was said there."""
    return cleaned(message.text or ", ".join(f"({file.name})" for file in message.attachments))


def cleaned(text: str) -> str:
    return markup.clean_text(text)


def ended(status: str) -> str:
    """Nobody writes it any more."""
    return Message.Status.INTERRUPTED if status in Message.RUNNING else status


def _first(file: RoomFile) -> int:
    return file.messages[0].sequence if file.messages else 1


def _line(text: str) -> str:
    return " ".join(markup.clean_text(text).split())
