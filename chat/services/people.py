from __future__ import annotations

import zoneinfo
from functools import cache

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from chat import events, markup
from chat.exceptions import Forbidden, Invalid, NameTaken
from chat.logcontext import note
from chat.models import Assistant, Room, User
from chat.models.users import TINTS
from chat.services.memberships import add_member
from chat.services.rooms import direct_room
from chat.services.stopping import stop_answers_of, stop_questions_of

GENERAL = "general"
NO_PLACES = frozenset({"Factory", "localtime"})  # what no zone was set on, and the server's own
OFFICES = frozenset(map(markup.likeness, ("admin", "administrator", "moderator", "staff", "support", "system")))


def create_person(
    *, name: str, password: str | None = None, email: str = "", is_staff: bool = False, kind: str = User.Kind.PERSON
) -> User:
    """A new account, at home in ``general`` and with the default assistant.

    :raises NameTaken: the name is in use, by whatever kind of user.
    :raises Invalid: the name, the e-mail or the password will not do.
    """
    user = User(
        username=name.strip().casefold(),
        email=_own_address(email, User()),
        kind=kind,
        is_staff=is_staff,
        is_superuser=is_staff,
    )
    set_password(user, password)
    check_user(user)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise NameTaken from error
    settle_in(user)
    return user


def change_account(
    *, person: User, password: str | None = None, email: str | None = None, is_staff: bool | None = None
) -> User:
    """Change what is given. A new password ends every session; no longer being staff ends what only staff may do; a new
    e-mail, or none, is the only one from then on.

    :raises Invalid: an assistant has no account; the e-mail or the password will not do.
    """
    if person.is_assistant:
        raise Invalid(_("An assistant has no account."))
    changed = []
    if email is not None:
        person.email = _own_address(email, person)
        changed += ["email"]
    if is_staff is not None:
        person.is_staff = person.is_superuser = is_staff
        changed += ["is_staff", "is_superuser"]
    check_user(person)
    if password is not None:
        set_password(person, password)
        changed += ["password"]
    with transaction.atomic():
        person.save(update_fields=changed)
        if email is not None:
            _forget_other_addresses(person)
        events.after_commit(events.access_changed, user_id=person.pk)
    return person


def opens_another_account(email: str, person: User) -> bool:
    """Than this person's; it may be one of several addresses there."""
    others = User.objects.exclude(pk=person.pk)
    return others.filter(Q(email__iexact=email) | Q(emailaddress__email__iexact=email)).exists()


def _own_address(email: str, person: User) -> str:
    """As signing up stores it, and looks for it.

    :raises Invalid: it opens another account.
    """
    address = email.strip().lower()
    if address and opens_another_account(address, person):
        raise Invalid(_("This e-mail address is already in use."))
    return address


def _forget_other_addresses(person: User) -> None:
    """Whoever reads the mail of an earlier address could sign in with it, and have a new password sent there."""
    addresses = EmailAddress.objects.filter(user=person)
    addresses.exclude(email__iexact=person.email).delete()
    addresses.update(primary=True)


def set_password(user: User, password: str | None) -> None:
    """:raises Invalid: too weak."""
    if password is None:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from error
    user.set_password(password)


def check_user(user: User) -> None:
    """:raises NameTaken: :raises Invalid:"""
    kept = [] if user._state.adding else ["username"]  # nobody's changes, and it may be older than its being reserved
    try:
        user.full_clean(exclude=["password", "last_room", *kept])
    except ValidationError as error:
        taken = _("This e-mail address is already in use.")
        text = " ".join(taken if "user_email_is_unique" in each else each for each in error.messages)
        raise (NameTaken if NameTaken.is_meant_by(error, "username") else Invalid)(text) from error


def settle_in(user: User) -> None:
    """Whoever gets an account is in ``general`` and has a direct room with the site's default assistant."""
    add_member(room=general_room(), by=None, user=user)
    assistant = Assistant.objects.enabled().filter(user__username=settings.DEFAULT_ASSISTANT).first()
    if assistant is not None:
        direct_room(by=user, others=[assistant.user])


def settle_latecomers() -> int:
    """Bring home whoever got an account before there was a home, or before there was this default assistant."""
    people = User.objects.filter(is_active=True).exclude(kind=User.Kind.ASSISTANT)
    homeless = list(people.filter(memberships__isnull=True))
    for user in homeless:
        settle_in(user)
    assistant = Assistant.objects.enabled().filter(user__username=settings.DEFAULT_ASSISTANT).first()
    if assistant is None:
        return len(homeless)
    known = Room.objects.filter(kind=Room.Kind.DIRECT, answering_assistant=assistant).values("memberships__user")
    strangers = list(people.exclude(pk__in=known))
    for user in strangers:
        direct_room(by=user, others=[assistant.user])
    return len(homeless) + len(strangers)


def general_room() -> Room:
    return Room.objects.get_or_create(slug=GENERAL, defaults={"name": "General", "topic": "Everybody is here."})[0]


@cache
def time_zones() -> frozenset[str]:
    """Those that this machine knows: it looks into six hundred files for them. Some of these are no place."""
    return frozenset(zoneinfo.available_timezones()) - NO_PLACES


def change_profile(
    *,
    user: User,
    display_name: str,
    avatar_emoji: str,
    avatar_tint: int,
    time_zone: str,
    hides_assistants: bool | None = None,
) -> User:
    """:raises Invalid: a name that others would be taken for, a face with words, an unknown colour or time zone."""
    if time_zone and time_zone not in time_zones() | {user.time_zone}:
        raise Invalid(_("This time zone is not known."))
    if not 0 <= avatar_tint <= TINTS:
        raise Invalid(_("This colour is not known."))
    _show_as(user, markup.clean_line(display_name), avatar_emoji.strip())
    user.avatar_tint, user.time_zone = avatar_tint, time_zone
    if hides_assistants is not None:
        user.hides_assistants = hides_assistants
    check_user(user)
    user.save(update_fields=["display_name", "avatar_emoji", "avatar_tint", "time_zone", "hides_assistants"])
    return user


def _show_as(user: User, name: str, face: str) -> None:
    """:raises Invalid:"""
    if name != user.display_name:
        require_ones_own(user, name)
    if face and face != user.avatar_emoji and not markup.is_emoji(face):
        raise Invalid(_("A face is one emoji."))
    user.display_name, user.avatar_emoji = name, face


def require_ones_own(user: User, name: str) -> None:
    """A conversation shows nothing but this name: nobody is to be taken for somebody else, or for who runs the site.

    :raises NameTaken:
    """
    alike = markup.likeness(name)
    if not alike or user.is_staff:
        return
    if OFFICES & {alike, *markup.words_alike(name)}:
        raise NameTaken(_("This name is kept for those who run the site."))
    for others in User.objects.exclude(pk=user.pk).values_list("username", "display_name").iterator():
        if alike in map(markup.likeness, others):
            raise NameTaken(_("This is, or looks like, the name of somebody else. Add something to it."))


def visit(*, user: User, room: Room) -> None:
    """Remember the room a person was in last."""
    note(room=room.pk)
    if user.last_room_id != room.pk:
        User.objects.filter(pk=user.pk).update(last_room=room)


def deactivate(*, person: User, by: User | None) -> None:
    """Close an account: signed out everywhere at once, tokens dead, words stay. What they asked for, or write, stops.

    :raises Forbidden: not staff, or oneself.
    """
    if by is not None and (not by.is_staff or by.pk == person.pk):
        raise Forbidden
    with transaction.atomic():
        User.objects.filter(pk=person.pk).update(is_active=False)
        _end_sessions(person)
        events.after_commit(events.access_changed, user_id=person.pk if not person.is_assistant else None)
        if person.is_assistant:
            stop_answers_of(person.assistant, by=by)
        else:
            stop_questions_of(person, by=by)
    person.is_active = False


def _end_sessions(person: User) -> None:
    """For good: those of an account that is opened again begin anew."""
    for session in UserSession.objects.filter(user=person):
        session.end()


def reactivate(*, person: User, by: User | None) -> None:
    if by is not None and not by.is_staff:
        raise Forbidden
    User.objects.filter(pk=person.pk).update(is_active=True)
    person.is_active = True
