"""Every measurement is looked at by `make bench-smoke`, so that none can rot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import goals, reply_report
from bench.everything import laid_out
from bench.ran import Ran, everything_kept, lines_of
from bench.registry import BENCHES
from tests.servers.programs import ROOT

NO_BENCHES = {"everything.py", "tour.py", "direct.py"}  # what runs them all, what takes pictures, a part of another


def test_whatever_measures_is_in_the_registry_and_has_a_tiny_size() -> None:
    commands = {path for path in (ROOT / "bench").glob("*.py") if 'if __name__ == "__main__"' in path.read_text()}

    called = {
        word.replace(".", "/") + ".py" for bench in BENCHES for word in bench.command if word.startswith("bench.")
    }
    called |= {word for bench in BENCHES for word in bench.command if word.startswith("bench/")}

    assert called == {f"bench/{path.name}" for path in commands if path.name not in NO_BENCHES}
    for bench in BENCHES:
        (file,) = [
            name for name in called if any(name in (word, f"{word.replace('.', '/')}.py") for word in bench.command)
        ]
        text = (ROOT / file).read_text()
        options = [option for option in bench.smoke if option.startswith("--") and "options_of(" not in text]
        assert all(f'"{option}"' in text for option in options)


def test_what_is_noted_stands_beside_its_goal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "goals.jsonl"
    monkeypatch.setenv(goals.FILE, str(file))

    goals.note([goals.Reached(key="hostile", figure="34 ms", is_met=True)])
    goals.note([goals.Reached(key="idle", figure="40 KB", floor="4", peers="FastAPI 30", is_met=False)])

    rows = [line.split(" | ") for line in goals.table(lines_of(file)).splitlines()]
    assert len(rows) == 2 + len(goals.GOALS)
    assert ["| any 32 KB of hostile Markdown", "≤ 100 ms", "34 ms", "", "", "met |"] in rows
    assert ["| memory of an idle signed-in socket", "≤ 30 KB", "40 KB", "4", "FastAPI 30", "**missed** |"] in rows
    assert sum("not measured" in row for row in rows) > 5


def test_without_a_file_nothing_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(goals.FILE, raising=False)

    goals.note([goals.Reached(key="hostile", figure="34 ms")])


def test_goals_have_names_of_their_own() -> None:
    assert len({goal.key for goal in goals.GOALS}) == len(goals.GOALS)


def test_what_is_no_table_stands_as_it_was_told() -> None:
    assert laid_out("| a |\n| --- |\n") == "| a |\n| --- |"
    assert laid_out("1 ms  x\n2 ms  y\n") == "```text\n1 ms  x\n2 ms  y\n```"


def test_what_was_noted_is_one_line_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(goals.FILE, str(tmp_path / "noted"))

    goals.note(goals.Reached(key=key, figure="1") for key in ("idle", "posts"))

    assert [json.loads(line)["key"] for line in (tmp_path / "noted").read_text().splitlines()] == ["idle", "posts"]


def test_what_was_measured_stays_until_it_is_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.ran.KEPT", tmp_path)
    noted = (goals.Reached(key="idle", figure="40 KB", is_met=False),)
    first, second = (Ran("post", when, "| a |", "", 1.0, "0.1", noted) for when in ("monday", "tuesday"))
    gone = Ran("what was measured once", "monday", "", "", 1.0, "0.1")

    for ran in (first, second, gone):
        ran.keep()

    assert [(bench.name, ran) for bench, ran in everything_kept()] == [("post", second)]


def test_the_bytes_of_a_reply_stand_under_those_who_sent_them() -> None:
    figures = {"html_bytes": 1000.0, "json_bytes": 2000.0, "failed": 0}

    head, _, row = reply_report.weights({50: reply_report.Weight(figures, figures, text=200, html=100)}).splitlines()

    under = dict(zip(head.split("|"), row.split("|"), strict=True))
    assert under[" product "] == " 10.0 × (JSON: 10.0 × its text) "
    assert under[" whole text again "] == " 20 × "
