"""A long room costs what a short one costs: each query finds its rows by an index, on both databases."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest

from chat.exceptions import ChatError
from chat.models import Message
from chat.services.commands import run_command
from tests.factories import make_person
from tests.queries.paths import PATHS, Scene
from tests.queries.plans import Query, faults_of, plan_of, watched

MOST = 12
READING = [name for name in PATHS if "page" in name or "history" in name or "since" in name]

# Up to 500, a model's window, or a page: PostgreSQL looks further where the newest messages do not fill it.
TAKES_WHAT_THERE_IS = {"`sync` from the beginning", "a reply, from question to end", "two searches"}

# PostgreSQL expects a handful of changes since just now, and may sort them after it has joined their authors.
# What the index of words gives has no order.
SORTS_A_FEW = {"the API, asked three times", "two searches"}


def is_of_a_few(line: str, name: str) -> bool:
    return name in SORTS_A_FEW and line.strip().endswith("Sort")


def queries_of(name: str, scene: Scene) -> list[Query]:
    path = PATHS[name]
    path(scene)  # what a first visit writes, it writes once
    with watched() as seen:
        path(scene)
    return [query for query in seen if query.is_planned]


def faults(query: Query) -> list[str]:
    return faults_of(query, plan_of(query))


@pytest.mark.parametrize("name", PATHS)
def test_nothing_reads_all_of_a_table_or_sorts_what_it_found(big: Scene, name: str) -> None:
    queries = queries_of(name, big)

    assert queries
    found = {query.shape: [line for line in faults(query) if not is_of_a_few(line, name)] for query in queries}
    assert {shape: lines for shape, lines in found.items() if lines} == {}


@pytest.mark.parametrize("name", sorted(set(PATHS) - TAKES_WHAT_THERE_IS))
def test_a_long_room_takes_as_many_queries_as_a_short_one(small: Scene, big: Scene, name: str) -> None:
    assert len(queries_of(name, big)) == len(queries_of(name, small))


@pytest.mark.parametrize("name", READING)
def test_reading_takes_twelve_queries_at_most(big: Scene, name: str) -> None:
    assert len(queries_of(name, big)) <= MOST


def test_the_newest_page_is_read_by_its_place(big: Scene) -> None:
    assert "message_sequence_is_its_place" in plan_of_messages("the page of a room", big)


def test_changes_are_read_by_their_number(big: Scene) -> None:
    assert "message_changes" in plan_of_messages("`sync` since", big)


def test_mention_marks_are_counted_in_the_index_alone(big: Scene) -> None:
    marks = [query for query in queries_of("the page of a room", big) if "chat_mention" in query.sql]

    assert marks
    for query in marks:
        assert "mention_unread" in "\n".join(plan_of(query))
        assert "chat_message" not in query.sql.split("chat_mention")[1].split("GROUP BY")[0]


def test_a_retry_of_who_never_asked_looks_no_further_back_than_a_page_or_two(big: Scene) -> None:
    nobody = make_person("never-asked")
    with watched() as seen, suppress(ChatError):
        run_command(room=big.room, by=nobody, text="/retry")

    looking = [query for query in seen if query.table == "chat_message" and query.sql.endswith("LIMIT 1")]
    assert len(looking) == 2
    for query in looking:
        assert faults(query) == []
        assert re.search(r"message_sequence_is_its_place.*sequence\s?>|reply_asker_id", " ".join(plan_of(query)))


@pytest.mark.parametrize(
    "rows",
    [
        Message.objects.filter(text="not to be found"),
        Message.objects.filter(room=1).order_by("created_at"),
        Message.objects.filter(reply__is_open=True, room=1).values("pk"),
    ],
)
def test_a_query_that_would_grow_is_found(big: Scene, rows) -> None:
    rows = rows.filter(room=big.room) if "room_id" in str(rows.query.where) else rows
    with watched() as seen:
        list(rows)

    assert faults(seen[0])


def plan_of_messages(name: str, scene: Scene) -> str:
    first = next(query for query in queries_of(name, scene) if query.table == "chat_message")
    return "\n".join(plan_of(first))
