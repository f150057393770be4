"""What the demo house is like, once all of it is there. Nobody changes it here, so it is built once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from django.db.models import F, Sum
from django.test import override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from chat import markup
from chat.demo import open_house
from chat.demo.conversations import kitchen
from chat.demo.drawing import FILES
from chat.demo.people import ASSISTANTS, EVERYBODY
from chat.demo.rooms import PLACES
from chat.demo.script import Place, ago, on
from chat.models import Assistant, Attachment, Attempt, Membership, Message, Reply, Room, User
from chat.usage.reports import Span, usage_by

PASSWORD = "harbour-lights-7"
QUICK = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])


@pytest.fixture(scope="module")
def _whole_house(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with media, django_db_blocker.unblock(), transaction.atomic():
        with QUICK:
            open_house(password=PASSWORD)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def house(_whole_house: None, db: None) -> None:
    """What a test changes is taken back; the house is, at the end of this file."""


def unread_of_ana() -> dict[str, tuple[int, int]]:
    mine = Membership.objects.filter(user__username="ana").exclude(room__kind="direct").with_mention_counts()
    unread = F("room__last_sequence") - F("last_read_sequence")
    rows = mine.annotate(unread=unread).values_list("room__slug", "unread", "mention_count")
    return {slug: (unread, mentions) for slug, unread, mentions in rows if unread}


def test_everybody_is_there_with_a_face_and_the_assistants_need_no_model(house: None):
    people = User.objects.filter(kind="person")
    assert set(people.values_list("username", flat=True)) == set(EVERYBODY)
    assert set(people.exclude(display_name="").values_list("username", flat=True)) == set(EVERYBODY)
    mine = Assistant.objects.filter(user__username__in=ASSISTANTS)
    assert list(mine.values_list("provider", flat=True)) == ["demo"] * len(ASSISTANTS)


def test_what_the_replies_took_is_booked_on_their_days(house: None):
    counted = Attempt.objects.filter(completion_tokens__isnull=False)
    days = {row.name: row.sums for row in usage_by("day", Span(date(2020, 1, 1), timezone.now().date()))}

    assert sum(sums.requests for sums in days.values()) == counted.count() > 20
    assert sum(sums.prompt_tokens for sums in days.values()) == counted.aggregate(sum=Sum("prompt_tokens"))["sum"]
    assert len([day for day, sums in days.items() if sums.cost]) > 5


def test_every_line_is_said_in_its_room_and_every_number_is_right(house: None):
    for room in Room.objects.all():
        numbers = list(room.messages.order_by("sequence").values_list("sequence", flat=True))
        assert numbers == list(range(1, room.last_sequence + 1))
    for place in PLACES:
        assert said_in(place) == [line.text for scene in place.scenes for line in scene.lines if not line.is_deleted]


def test_what_they_think_of_it_is_there(house: None):
    told = {emoji: [user.username for user in people] for row in Message.objects.all() for emoji, people in row.reacted}

    assert told["🎉"] == ["ana", "ben", "mirjam", "tomasz"]
    assert len(told) == len({line.split()[0] for place in PLACES for scene in place.scenes for said in scene.lines
                             for line in said.reactions})  # fmt: skip


def test_anas_chats_are_called_by_what_she_asked_first(house: None):
    ana = User.objects.get(username="ana")

    names = Room.objects.chats_of(ana).latest_first().values_list("name", "chat_with__user__username")

    assert list(names) == [
        ("Sum this up for the board: 41 tickets in, 38 closed, 2 of…", "helper"),
        ("What grows in shade?", "helper"),
        ("A letter to the landlord about the lift", "scribe"),
    ]


def said_in(place: Place) -> list[str]:
    room = Room.objects.filter(slug=place.slug).first() or direct_room_of(place)
    words = room.messages.filter(attempt_number=None, deleted_at=None).order_by("sequence")
    return list(words.values_list("text", flat=True))


def direct_room_of(place: Place) -> Room:
    keys = sorted(User.objects.filter(username__in=place.direct).values_list("pk", flat=True))
    return Room.objects.get(direct_key=":".join(map(str, keys)))


def test_times_rise_with_the_numbers_over_some_days_and_none_is_to_come(house: None):
    for room in Room.objects.all():
        times = list(room.messages.order_by("sequence").values_list("created_at", flat=True))
        assert times == sorted(times)
        assert all(room.created_at < time <= timezone.now() for time in times)
    assert Attempt.objects.filter(ended_at__gt=timezone.now()).count() == 0
    assert Attempt.objects.filter(started_at__lt=F("reply__message__created_at")).count() == 0
    days = Message.objects.filter(room__slug="release").dates("created_at", "day")
    assert len(days) >= 3


def test_replies_stand_in_every_state_they_can_end_in(house: None):
    states = set(Message.objects.exclude(attempt_number=None).values_list("status", flat=True))
    assert states == {"complete", "stopped", "failed", "interrupted"}
    assert Reply.objects.filter(is_open=True).count() == 0
    assert Reply.objects.get(message__status="stopped").stopped_by == User.objects.get(username="ben")
    whole = Attempt.objects.filter(status="complete")
    assert not whole.filter(completion_tokens=None).exists()
    assert not whole.filter(first_token_at=None).exists()
    assert whole.exclude(reasoning="").exists()


def test_earlier_attempts_are_kept_in_the_order_of_their_times(house: None):
    reply = Reply.objects.get(message__room__slug="release", attempt=3)

    attempts = list(reply.attempts.all())

    assert [attempt.status for attempt in attempts] == ["complete"] * 3
    assert attempts[-1] == reply.current
    assert reply.current.text == reply.message.text
    times = [time for attempt in attempts for time in (attempt.started_at, attempt.first_token_at, attempt.ended_at)]
    assert times == sorted(times, key=lambda time: time or datetime.max.replace(tzinfo=UTC))


def test_failures_are_told_in_plain_words(house: None):
    failed = Reply.objects.filter(message__status="failed").select_related("message", "current").order_by("pk")

    assert {reply.problem for reply in failed} == {
        "The model took too long to answer.",
        "The model is getting too many requests right now. Try again in a moment.",
        "The connection to the model's server failed.",
    }


def test_ana_has_something_to_read_and_is_mentioned(house: None):
    assert unread_of_ana() == {
        "general": (12, 0),
        "release": (10, 1),
        "design": (6, 2),
        "incidents": (4, 1),
        "kitchen": (148, 0),
        "hum": (3, 0),
    }


def test_markup_of_every_kind_is_there(house: None):
    html = "".join(Message.objects.values_list("html", flat=True))

    kinds = ("<table", "<ul", "<ol", "<blockquote", "<del", "<h1", "checkbox", "<strong", "<em", "<pre", "<a ")
    assert [kind for kind in kinds if kind not in html] == []
    outdated = Message.objects.filter(deleted_at=None).exclude(markup_version=markup.VERSION).exclude(html="")
    assert set(outdated.values_list("status", flat=True)) == {"interrupted"}  # as whoever was interrupted left it


def test_one_room_is_archived_and_one_is_long(house: None):
    assert Room.objects.get(archived_at__isnull=False).slug == "summer-regatta"
    assert Room.objects.get(slug="kitchen").last_sequence > 300


def test_the_kitchen_says_the_same_each_time():
    assert [scene.lines for scene in kitchen.scenes()] == [scene.lines for scene in kitchen.scenes()]


@pytest.mark.parametrize(
    ("now", "workdays_ago", "expected"),
    [
        (datetime(2026, 11, 20, 9, 0, tzinfo=UTC), 1, datetime(2026, 11, 19, 16, 2, tzinfo=UTC)),
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), 1, datetime(2026, 11, 20, 16, 2, tzinfo=UTC)),
        (datetime(2026, 11, 22, 9, 0, tzinfo=UTC), 2, datetime(2026, 11, 19, 16, 2, tzinfo=UTC)),
    ],
)
def test_people_work_from_monday_to_friday(now: datetime, workdays_ago: int, expected: datetime):
    assert on(workdays_ago, "16:02")(now) == expected


def test_what_was_just_said_is_after_what_was_said_yesterday_even_right_after_midnight():
    now = datetime(2026, 11, 20, 0, 5, tzinfo=UTC)

    assert on(1, "19:00")(now) <= ago(300)(now)


def test_no_paragraph_is_broken_by_how_the_script_is_wrapped(house: None):
    assert list(Message.objects.filter(html__contains="<br").values_list("text", flat=True)) == []


def test_what_they_send_each_other_is_there_and_what_it_says_it_is(house: None):
    sent = {file.name: file for file in Attachment.objects.all()}

    assert set(sent) == set(FILES)
    assert {name for name, file in sent.items() if file.is_picture} == {
        name for name in FILES if name.endswith((".png", ".jpg"))
    }
    assert sent["harbour-at-six.jpg"].preview
    assert sum(file.size for file in sent.values()) < 500_000
