"""Who belongs to a room. All of these run under the room's lock, for a membership is part of what the room shows."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from django.utils.translation import gettext as _

from chat import events
from chat.exceptions import Forbidden, NotAMember
from chat.models import Assistant, Membership, Room, User
from chat.models.memberships import Standing
from chat.services.stopping import stop_all_in


def join_room(*, room: Room, user: User) -> Membership:
    """:raises NotAMember: only public rooms can be joined without being asked."""
    with events.changing(room.pk) as room:
        room.require_open()
        membership = admit(room, user)
        room.keep()
    return membership


class Door:
    """Of a room, for people who want to do something in it: who they are is asked once for all, when the first is
    admitted. Needs the lock."""

    def __init__(self, room: Room, people: Iterable[User]) -> None:
        self._room, self._people = room, {user.pk for user in people}
        self._read: dict[int, int] = {}

    def admit(self, user: User) -> Membership:
        """Their membership; doing something in a public room joins it.

        :raises NotAMember:
        """
        person, membership = self._found.get(user.pk, (None, None))
        if person is not None and membership is None and self._room.kind == Room.Kind.PUBLIC:
            membership = _enter(self._room, person, Membership.Role.MEMBER)
            self._found[user.pk] = person, membership
        if membership is None:
            raise NotAMember
        return membership

    def person(self, user: User) -> User:
        """As they are now, of whoever was admitted: what a socket knows of them is as old as itself."""
        return self._found[user.pk][0]

    def has_said(self, membership: Membership, sequence: int) -> None:
        """So they have read it, and what was before it: that is written by ``close()``."""
        self._read[membership.pk] = sequence

    @cached_property
    def _found(self) -> dict[int, Standing]:
        return Membership.objects.of_active(self._room, self._people)

    def close(self) -> None:
        Membership.objects.have_read(self._read)


def admit(room: Room, user: User) -> Membership:
    """As a door does, for one."""
    return Door(room, [user]).admit(user)


def add_member(*, room: Room, by: User | None, user: User, role: str = Membership.Role.MEMBER) -> Membership:
    """Bring somebody in. Owners do; in a public room members may bring others in as members.

    Who is in already stays what they are: that is ``change_role``'s to change, and an owner's to say.
    ``by`` is None for commands, which may do what staff may.

    :raises Forbidden: :raises NotAMember:
    """
    with events.changing(room.pk) as room:
        _require_may_invite(room, by, role)
        membership = room.membership_of(user) or _enter(room, user, role)
        room.keep()
    return membership


def change_role(*, room: Room, by: User | None, user: User, role: str) -> Membership:
    """:raises Forbidden: :raises NotAMember: they are not in this room."""
    with events.changing(room.pk) as room:
        _require_may_change(room, by)
        membership = room.membership_of(user)
        if membership is None:
            raise NotAMember
        membership.role = role
        membership.save(update_fields=["role"])
    return membership


def remove_member(*, room: Room, by: User | None, user: User) -> None:
    """Take somebody out. Their sockets in this room close at once if they may no longer read it; an assistant stops."""
    with events.changing(room.pk) as room:
        if by is not None and by.pk != user.pk:
            require_owner(room, by)
        if by is not None and room.is_direct:
            raise Forbidden(_("A direct room keeps its people."))
        if room.is_chat and room.memberships.filter(user=user, role=Membership.Role.OWNER).exists():
            raise Forbidden(_("Whoever opened a chat does not leave it. It can be deleted."))
        if room.memberships.filter(user=user).delete()[0]:
            room.mark_changed()
            events.after_commit(events.membership_changed, room.pk, user.pk, joined=False)
            events.after_commit(events.access_changed, user_id=user.pk)
            events.after_commit(events.room_changed, room)
            if user.is_assistant:
                _silence(room, user.assistant, by)
        room.keep("answering_assistant")


def _silence(room: Room, assistant: Assistant, by: User | None) -> None:
    if room.answering_assistant_id == assistant.pk:
        room.answering_assistant = None  # brought in again, it waits to be named
    stop_all_in(room, by or assistant.user, assistant=assistant)


def leave_room(*, room: Room, user: User) -> None:
    remove_member(room=room, by=user, user=user)


def require_owner(room: Room, by: User | None) -> None:
    """:raises Forbidden: not an owner, not staff."""
    if by is None or by.is_staff:
        return
    if not room.memberships.filter(user=by, role=Membership.Role.OWNER).exists():
        raise Forbidden(_("Only an owner of the room can do that."))


def enter_all(room: Room, users: Iterable[User], role: str) -> None:
    for user in users:
        _enter(room, user, role)


def _enter(room: Room, user: User, role: str) -> Membership:
    """A new member has read everything: what was said before they came is not unread."""
    membership = Membership.objects.create(room=room, user=user, role=role, last_read_sequence=room.last_sequence)
    room.mark_changed()
    events.after_commit(events.membership_changed, room.pk, user.pk, joined=True)
    events.after_commit(events.room_changed, room)
    return membership


def _require_may_invite(room: Room, by: User | None, role: str) -> None:
    if by is not None and not by.is_staff and room.kind == Room.Kind.PUBLIC and role == Membership.Role.MEMBER:
        room.require_member(by)
    else:
        _require_may_change(room, by)


def _require_may_change(room: Room, by: User | None) -> None:
    if room.is_direct:
        raise Forbidden(_("A direct room keeps its people."))
    require_owner(room, by)
