from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from chat import events, markup
from chat.exceptions import Forbidden, Invalid, NameTaken
from chat.models import Assistant, Membership, Room, User
from chat.models.rooms import MOST_INSTRUCTIONS, RESERVED_SLUGS
from chat.services.memberships import add_member, enter_all, join_room, leave_room, remove_member, require_owner
from chat.services.stopping import stop_all_in

UNCHANGED: Final[Any] = object()
TWICE_SECONDS = 60  # between two presses that mean the same


def create_room(*, by: User | None, name: str, slug: str = "", kind: str = Room.Kind.PUBLIC, topic: str = "") -> Room:
    """A new room; whoever makes it owns it.

    :raises NameTaken: a room has this address already.
    :raises Invalid: no usable name or address.
    """
    if kind not in (Room.Kind.PUBLIC, Room.Kind.PRIVATE):
        raise Invalid(_("A room is public or private."))
    name = markup.clean_line(name)
    room = Room(name=name, slug=markup.clean_line(slug) or slug_for(name), kind=kind, topic=markup.clean_line(topic))
    _check(room)
    try:
        with transaction.atomic():
            room.save(force_insert=True)
            if by is not None:
                enter_all(room, [by], Membership.Role.OWNER)
                room.keep()
    except IntegrityError as error:  # somebody was quicker
        raise NameTaken(_("A room with this address exists already.")) from error
    return room


def create_room_once(*, by: User, **given: Any) -> Room:
    """The same for a form that may be sent twice, as by a second press on a slow line: it makes one room.

    :raises NameTaken: :raises Invalid: as it does.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # the second press waits for the first
        return _just_made(by, given) or create_room(by=by, **given)


def _just_made(by: User, given: dict[str, Any]) -> Room | None:
    """The room that they made last, if it is this one: made a moment ago, and nothing has been done in it."""
    lately = timezone.now() - timedelta(seconds=TWICE_SECONDS)
    made = Room.objects.filter(memberships__user=by, memberships__role=Membership.Role.OWNER, created_at__gt=lately)
    newest = made.order_by("-pk").first()
    if newest is None or newest.last_sequence or newest.memberships.count() > 1:
        return None
    is_same = all(getattr(newest, field) == markup.clean_line(value) for field, value in given.items())
    return newest if is_same else None


def change_room(
    *,
    room: Room,
    by: User | None,
    name: str | None = None,
    topic: str | None = None,
    kind: str | None = None,
    answering_assistant: Assistant | None = UNCHANGED,
    instructions: str | None = None,
    has_assistants: bool | None = None,
) -> Room:
    """Rename, set the topic, open or close it, choose who answers and how. Made private, it drops who is no member."""
    with events.changing(room.pk) as room:
        require_owner(room, by)
        lines = {"name": name, "topic": topic, "kind": kind}
        if wanted := _wanted(room, lines, answering_assistant, instructions, has_assistants):
            _change(room, wanted)
            _tell(room, wanted)
            if wanted.get("has_assistants") is False and by is not None:
                stop_all_in(room, by)
    return room


def _change(room: Room, wanted: dict[str, Any]) -> None:
    """Under the room's lock."""
    if "kind" in wanted and (room.is_direct or room.is_chat):
        raise Forbidden(_("A direct room stays direct, and a chat private."))
    if "name" in wanted:
        wanted["is_untitled"] = False  # whoever names a chat has the last word
    for field, value in wanted.items():
        setattr(room, field, value)
    _check(room)
    if wanted.get("answering_assistant"):
        _bring_in(room, wanted["answering_assistant"])
    room.mark_changed()
    room.keep(*wanted)


def _tell(room: Room, changed: Collection[str]) -> None:
    events.after_commit(events.room_changed, room)
    if "kind" in changed and room.kind == Room.Kind.PRIVATE:
        events.after_commit(events.access_changed, room_id=room.pk)
    if "name" in changed or "kind" in changed:
        events.after_commit(events.room_listed, room)


def archive_room(*, room: Room, by: User | None) -> Room:
    """Close it for writing, also for assistants in the middle of it. It stays readable, for ever."""
    return _set_archived(room, by, archived=True)


def unarchive_room(*, room: Room, by: User | None) -> Room:
    return _set_archived(room, by, archived=False)


def direct_room(*, by: User, others: Sequence[User]) -> Room:
    """The one direct room of these people: the first call makes it. An assistant that is alone with people answers all.

    :raises Invalid: nobody else, or too many.
    """
    people = {user.pk: user for user in [by, *others]}
    key = direct_key(people)
    with transaction.atomic():
        room, is_new = Room.objects.get_or_create(direct_key=key, defaults=_direct_defaults(list(people.values())))
        if is_new:
            enter_all(room, [by], Membership.Role.OWNER if _is_with_assistant(people) else Membership.Role.MEMBER)
            enter_all(room, [user for user in people.values() if user.pk != by.pk], Membership.Role.MEMBER)
            room.keep()
    return room


def direct_key(people: Collection[int]) -> str:
    """By which the direct room of these people is found.

    :raises Invalid: too few, or too many.
    """
    if not 2 <= len(people) <= 9:
        raise Invalid(_("A direct room has two to nine people."))
    return ":".join(map(str, sorted(people)))


def slug_for(name: str) -> str:
    """An address from a name, in any script; with something random behind it if it is taken."""
    base = slugify(name)[:50].strip("-_") or f"room-{secrets.token_hex(3)}"
    is_taken = base in RESERVED_SLUGS or Room.objects.filter(slug=base).exists()
    return f"{base}-{secrets.token_hex(2)}" if is_taken else base


def _direct_defaults(people: list[User]) -> dict[str, Any]:
    assistants = [user.assistant for user in people if user.is_assistant]
    return {
        "slug": f"direct-{secrets.token_hex(6)}",
        "name": ", ".join(user.shown_name for user in people)[:80],
        "kind": Room.Kind.DIRECT,
        "answering_assistant": assistants[0] if len(assistants) == 1 else None,
    }


def _is_with_assistant(people: dict[int, User]) -> bool:
    return len(people) == 2 and any(user.is_assistant for user in people.values())


def _set_archived(room: Room, by: User | None, *, archived: bool) -> Room:
    with events.changing(room.pk) as room:
        require_owner(room, by)
        if room.is_chat:
            raise Forbidden(_("A chat is not archived. It can be deleted."))
        if room.is_archived == archived:
            return room
        room.archived_at = timezone.now() if archived else None
        room.mark_changed()
        room.keep("archived_at")
        events.after_commit(events.room_changed, room)
        events.after_commit(events.room_listed, room)
        if archived and by is not None:
            stop_all_in(room, by)
    return room


def _wanted(
    room: Room,
    lines: dict[str, str | None],
    assistant: Assistant | None,
    instructions: str | None,
    has_assistants: bool | None,
) -> dict[str, Any]:
    wanted: dict[str, Any] = {field: markup.clean_line(value) for field, value in lines.items() if value is not None}
    if assistant is not UNCHANGED:
        wanted["answering_assistant"] = assistant
    if instructions is not None:
        wanted["instructions"] = _checked_instructions(instructions)
    if has_assistants is not None:
        wanted["has_assistants"] = has_assistants
    return {field: value for field, value in wanted.items() if getattr(room, field) != value}


def _checked_instructions(text: str) -> str:
    """:raises Invalid: too long; a text field does not ask by itself."""
    text = markup.clean_text(text).strip()
    if len(text) > MOST_INSTRUCTIONS:
        raise Invalid(
            _("Instructions have at most %(most_instructions)s characters.")
            % {"most_instructions": f"{MOST_INSTRUCTIONS:,}"}
        )
    return text


def _bring_in(room: Room, assistant: Assistant) -> None:
    """Whoever answers everything is in the room, and not silent."""
    if not room.memberships.filter(user=assistant.user).exists():
        if room.is_direct:
            raise Forbidden(_("A direct room keeps its people."))
        enter_all(room, [assistant.user], Membership.Role.MEMBER)
    room.memberships.filter(user=assistant.user, is_silent=True).update(is_silent=False)


def _check(room: Room) -> None:
    """:raises NameTaken: :raises Invalid:"""
    try:
        room.clean_fields()
        room.validate_unique()
    except ValidationError as error:
        text = " ".join(error.messages)
        raise (NameTaken if NameTaken.is_meant_by(error, "slug") else Invalid)(text) from error


__all__ = [
    "UNCHANGED",
    "add_member",
    "archive_room",
    "change_room",
    "create_room",
    "create_room_once",
    "direct_key",
    "direct_room",
    "join_room",
    "leave_room",
    "remove_member",
    "slug_for",
    "unarchive_room",
]
