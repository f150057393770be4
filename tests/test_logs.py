from __future__ import annotations

import json
import subprocess
import sys

from tests.servers.programs import ROOT

SPEAK = """
import logging, logging.config, structlog
from chatsite import settings
logging.config.dictConfig(settings.LOGGING)
structlog.get_logger("chat.a").info("message posted", room="general", lines="one\\ntwo")
logging.getLogger("django.b").warning("Not found: %s", "/x")
try:
    raise ValueError("broken")
except ValueError:
    structlog.get_logger("chat.c").exception("reply failed", reply=7)
structlog.get_logger("chat.d").debug("not at this level")
"""


def said(**environment):
    command = [sys.executable, "-c", SPEAK]
    done = subprocess.run(command, env={"ENV_FILE": "", **environment}, cwd=ROOT, capture_output=True, check=True)
    return done.stderr.decode().splitlines()


def test_json_is_one_object_per_event():
    events = [json.loads(line) for line in said(LOG_FORMAT="json")]

    assert [(event["event"], event["level"], event["logger"]) for event in events] == [
        ("message posted", "info", "chat.a"),
        ("Not found: /x", "warning", "django.b"),
        ("reply failed", "error", "chat.c"),
    ]
    assert events[0]["room"] == "general"
    assert events[2]["exception"][0]["exc_value"] == "broken"


def test_the_console_says_the_same_without_colours_in_a_file():
    lines = said()

    assert lines[0].split("Z", 1)[1] == " [info     ] message posted [chat.a] lines='one\\ntwo' room=general"
    assert "\x1b" not in "".join(lines)


def test_the_level_is_the_one_asked_for():
    events = [json.loads(line)["event"] for line in said(LOG_FORMAT="json", LOG_LEVEL="ERROR")]

    assert events == ["reply failed"]
