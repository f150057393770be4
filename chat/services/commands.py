"""What a line like ``/topic What we grow`` does, however it was typed. Each command is one of the other services."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chat.exceptions import Forbidden, Invalid, NotFound, NotRunning
from chat.markup import TEXT_LIMIT
from chat.models import Assistant, Message, Reply, Room, User
from chat.services.messages import post_message
from chat.services.replies import retry_reply
from chat.services.rooms import add_member, archive_room, change_room, join_room, leave_room
from chat.services.stopping import stop_reply

# The composer knows this shape too: what has it is asked for at once, and never waits in an outbox. One blank is looked
# for: several that `.*` could take as well would be shared out in every way, 25,000 of them for six seconds.
SHAPE = re.compile(r"/([a-z]+)(?:[ \t](.*))?", re.IGNORECASE)
ASKING = re.compile(r"/(ask)[ \t](.*)", re.IGNORECASE | re.DOTALL)  # what is asked may have many lines

MOST_INVITED = 20  # at once: the room is held meanwhile, and on SQLite the site
RETRIED_AMONG = 500  # the newest messages: who means an older reply has its button


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it, in words; ``leads_to`` is where its author goes on."""

    words: str
    leads_to: Literal["room", "rooms", "room-leave", "chat-delete", "writing"] = "room"


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    operand: str  # what follows the name, as it is shown once translated; empty: nothing does
    purpose: str  # not yet translated, either
    act: Callable[[Room, User, str], Done]


def is_command(text: str) -> bool:
    """One line that begins with ``/word``. A space or a second stroke before it, and it is a message like any other."""
    return _parsed(text) is not None


def run_command(*, room: Room, by: User, text: str, client_id: UUID | None = None) -> Done:
    """Do what the line says. With the same ``client_id`` again, what it asks is not asked once more.

    :raises Invalid: there is no such command, or something is missing behind it.
    :raises ChatError: whatever the service behind it refuses.
    """
    found = _parsed(text)
    assert found, "only what is_command() says is one"
    name, operand = found[1].casefold(), (found[2] or "").strip()
    command = COMMANDS.get(name)
    if command is None:
        raise Invalid(_("There is no command /%(name)s. To say it as it is, begin with a space.") % {"name": name})
    if command.operand and not operand:
        raise Invalid(_("Write /%(name)s %(operand)s.") % {"name": name, "operand": _(command.operand)})
    if operand and not command.operand:
        raise Invalid(_("/%(name)s stands alone. To say it as it is, begin with a space.") % {"name": name})
    if command.act is _ask:  # no other says anything
        return _ask(room, by, operand, client_id)
    return command.act(room, by, operand)


def _parsed(text: str) -> re.Match[str] | None:
    if len(text) > TEXT_LIMIT:  # whoever stores it says so
        return None
    return SHAPE.fullmatch(text.rstrip()) or ASKING.fullmatch(text.rstrip())


def _help(room: Room, by: User, nothing: str) -> Done:
    return Done("", leads_to="writing")


def _ask(room: Room, by: User, operand: str, client_id: UUID | None = None) -> Done:
    """Said as any message, and answered by the one that is named, whoever else answers here by themselves.

    Whoever asks in a public room joins it, as by any message: members may bring the assistant in.
    """
    name, *rest = operand.split(None, 1)
    words, assistant = "".join(rest), _assistant(name)
    if not words:
        raise Invalid(_("Write /ask %(slug)s and what you ask.") % {"slug": assistant.slug})
    with transaction.atomic():
        if room.membership_of(assistant.user) is None:
            if room.kind == Room.Kind.PUBLIC:
                join_room(room=room, user=by)
            add_member(room=room, by=by, user=assistant.user)
        post_message(room=room, author=by, text=words, client_id=client_id, ask=assistant)
    return Done("")


def _assistant(name: str) -> Assistant:
    found = Assistant.objects.enabled().named(name.removeprefix("@")).select_related("user").first()
    if found is None:
        raise Invalid(_("No assistant here has the name %(name)s.") % {"name": name})
    return found


def _topic(room: Room, by: User, topic: str) -> Done:
    change_room(room=room, by=by, topic=topic)
    return Done(_("The topic is set."))


def _rename(room: Room, by: User, name: str) -> Done:
    if room.is_direct:
        raise Forbidden(_("A direct room is called by its people."))
    change_room(room=room, by=by, name=name)
    return Done(_("The room is renamed."))


def _invite(room: Room, by: User, operand: str) -> Done:
    names = operand.replace(",", " ").split()
    if len(names) > MOST_INVITED:
        raise Invalid(_("Invite at most %(most)d at once.") % {"most": MOST_INVITED})
    people = [_person(name) for name in names]
    with transaction.atomic():
        for person in people:
            add_member(room=room, by=by, user=person)
    return Done(
        _("%(people)s can read and write here now.")
        % {"people": _(" and ").join(person.shown_name for person in people)}
    )


def _person(name: str) -> User:
    found = User.objects.named(name.removeprefix("@")).filter(is_active=True).first()
    if found is None:
        raise Invalid(_("Nobody here has the name %(name)s.") % {"name": name})
    return found


def _leave(room: Room, by: User, nothing: str) -> Done:
    """Out of a private room the way back needs somebody inside, so there it is asked first."""
    membership = room.membership_of(by)
    if membership is None:
        raise Invalid(_("You are no member of this room."))
    if room.is_chat and membership.is_owner:
        return Done("", leads_to="chat-delete")
    if room.kind == Room.Kind.PRIVATE:
        return Done("", leads_to="room-leave")
    leave_room(room=room, user=by)
    return Done(_("You have left %(name)s.") % {"name": room.name}, leads_to="rooms")


def _archive(room: Room, by: User, nothing: str) -> Done:
    archive_room(room=room, by=by)
    return Done(_("The room is archived."))


def _stop(room: Room, by: User, nothing: str) -> Done:
    running = Reply.objects.running(*Message.RUNNING, room=room.pk).values_list("message", flat=True)
    reply = _newest_reply(room, by, pk__in=list(running))
    if reply is None:
        raise NotRunning(_("Nothing is being written here."))
    stop_reply(message=reply, by=by)
    return Done(_("%(shown_name)s stops.") % {"shown_name": reply.author.shown_name})


def _retry(room: Room, by: User, nothing: str) -> Done:
    reply = _newest_reply(room, by, sequence__gt=room.last_sequence - RETRIED_AMONG)
    if reply is None:
        raise NotFound(_("There is no reply among the newest messages."))
    retry_reply(message=reply, by=by)
    return Done(_("%(shown_name)s tries again.") % {"shown_name": reply.author.shown_name})


def _newest_reply(room: Room, by: User, **wanted: object) -> Message | None:
    """The newest one that this person asked for; if there is none, the newest of all.

    ``wanted`` says where to look: a room where nobody was asked would be read from its end to its beginning.
    """
    replies = Message.objects.in_room(room).filter(reply__isnull=False, deleted_at__isnull=True, **wanted)
    replies = replies.select_related("author").order_by("-sequence")
    return replies.filter(reply__asker=by).first() or replies.first()


COMMANDS = {
    command.name: command
    for command in (
        Command("help", "", gettext_noop("show the commands, and how to write"), _help),
        Command(
            "ask",
            gettext_noop("name, then what you ask"),
            gettext_noop("ask an assistant, and bring it in if need be"),
            _ask,
        ),
        Command("topic", gettext_noop("what the room is for"), gettext_noop("set the topic"), _topic),
        Command("rename", gettext_noop("new name"), gettext_noop("rename the room"), _rename),
        Command("invite", gettext_noop("@name"), gettext_noop("bring somebody in"), _invite),
        Command("stop", "", gettext_noop("stop the reply being written"), _stop),
        Command("retry", "", gettext_noop("ask for the newest reply again"), _retry),
        Command("leave", "", gettext_noop("leave the room"), _leave),
        Command("archive", "", gettext_noop("close the room for writing"), _archive),
    )
}
