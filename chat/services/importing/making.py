from __future__ import annotations

from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from chat import markup
from chat.exceptions import NameTaken
from chat.models import Membership, Room, User
from chat.services.importing.checking import RoomFile
from chat.services.importing.messages import make_messages, rendered
from chat.services.importing.people import assistant_of, users_of
from chat.services.importing.shapes import RenderedFile
from chat.services.importing.spool import Spool
from chat.services.rooms import direct_key, slug_for


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
    with Spool(RenderedFile) as bodies:
        bodies.fill(map(rendered, file.messages))  # before anything is locked
        try:
            with transaction.atomic():
                users, made = users_of(file.head.people)
                room = _make_room(file, users, slug, is_new=is_new)
                _make_members(file, room, users)
                make_messages(file, bodies, room, users)
        except IntegrityError as error:  # somebody was quicker
            raise NameTaken("There is such a room already.") from error
    return Imported(room, file.message_count, made, file.begins_at, file.file_count)


def _make_room(file: RoomFile, users: dict[str, User], slug: str, *, is_new: bool) -> Room:
    about = file.head.room
    slug = slug or about.slug
    kind = "private" if is_new and about.kind == "direct" else about.kind
    if Room.objects.filter(slug=slug).exists():
        if not is_new:
            raise NameTaken(f"There is a room {slug} already. Give another --slug, or --as-new.")
        slug = slug_for(about.name)
    members = [users[member.name].pk for member in file.head.members]
    key = direct_key(members) if kind == "direct" else None
    if key is not None and Room.objects.filter(direct_key=key).exists():
        raise NameTaken("These people have a direct conversation already. --as-new makes a private room of it.")
    answering = users[about.answering_assistant] if about.answering_assistant else None
    last = file.message_count
    room = Room(
        slug=slug,
        name=about.name,
        kind=kind,
        topic=about.topic,
        instructions=markup.clean_text(about.instructions),
        answering_assistant=assistant_of(answering) if answering is not None else None,
        has_assistants=about.has_assistants,
        direct_key=key,
        created_at=about.created_at,
        archived_at=about.archived_at,
        last_sequence=last,
        revision=last + 1,
        changed_revision=last + 1,
    )
    room.clean_fields()
    room.save(force_insert=True)
    return room


def _make_members(file: RoomFile, room: Room, users: dict[str, User]) -> None:
    """They have read everything: nothing of it is new."""
    Membership.objects.bulk_create(
        Membership(
            room=room,
            user=users[member.name],
            role=member.role,
            joined_at=member.joined_at,
            is_silent=member.is_silent,
            last_read_sequence=room.last_sequence,
        )
        for member in file.head.members
    )
