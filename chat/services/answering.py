"""Which of a room's assistants answer, and when."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat import events
from chat.exceptions import Invalid
from chat.models import Assistant, Membership, Room, SiteSettings, User
from chat.services.memberships import require_owner


class Answers(models.TextChoices):
    NEVER = "never", gettext_lazy("Never")
    MENTIONED = "mentioned", gettext_lazy("When named")
    ALWAYS = "always", gettext_lazy("Always")


def choices_in(room: Room) -> list[Answers]:
    """In a direct room nobody needs to be named."""
    return [Answers.NEVER, Answers.ALWAYS] if room.is_direct else list(Answers)


def answers_of(membership: Membership, room: Room) -> Answers:
    """When this assistant (``membership.user``) answers in its room."""
    if membership.is_silent:
        return Answers.NEVER
    is_answering = room.is_direct or membership.user.assistant.pk == room.answering_assistant_id
    return Answers.ALWAYS if is_answering else Answers.MENTIONED


def why_silent(room: Room, assistant: Assistant) -> str:
    """Why this one answers nobody here who names it; nothing, if it does."""
    name = {"name": assistant.user.shown_name, "slug": assistant.slug}
    if not (room.has_assistants and SiteSettings.current().has_assistants):
        return _("Assistants are switched off here, so %(name)s does not answer.") % name
    membership = room.membership_of(assistant.user)
    if membership is None:
        return _("%(name)s is not in this room. /ask %(slug)s and your question brings it in.") % name
    if membership.is_silent or not assistant.is_on:
        return _("%(name)s does not answer here.") % name
    return ""


def let_answer(*, room: Room, by: User | None, assistant: Assistant, answers: str) -> Room:
    """From the next message on. One assistant at most answers always: the former one then does when it is named.

    :raises Forbidden: not an owner.
    :raises Invalid: no such choice, or the assistant is not in the room.
    """
    with events.changing(room.pk) as room:
        require_owner(room, by)
        if answers not in choices_in(room):
            raise Invalid(_("An assistant answers never, when it is named, or always."))
        membership = room.memberships.select_related("user__assistant").filter(user=assistant.user_id).first()
        if membership is None:
            raise Invalid(_("%(shown_name)s is not in this room.") % {"shown_name": assistant.user.shown_name})
        if answers_of(membership, room) != answers:
            _settle(room, membership, Answers(answers))
    return room


def _settle(room: Room, membership: Membership, answers: Answers) -> None:
    membership.is_silent = answers == Answers.NEVER
    membership.save(update_fields=["is_silent"])
    assistant = membership.user.assistant
    if answers == Answers.ALWAYS:
        room.answering_assistant = assistant
    elif room.answering_assistant_id == assistant.pk and not room.is_direct:
        room.answering_assistant = None
    room.mark_changed()
    room.keep("answering_assistant")
    events.after_commit(events.room_changed, room)
