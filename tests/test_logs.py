from __future__ import annotations

import json
import subprocess
import sys

import pytest

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
import redis
for error in redis.ConnectionError("away"), ConnectionRefusedError("away"), KeyError("a fault of its own"):
    logging.getLogger("channels_redis.pubsub").warning("in the receive task", exc_info=error)
"""


BREAK = """
import logging.config, structlog
from chatsite import settings
logging.config.dictConfig(settings.LOGGING)
log = structlog.get_logger("chat.a")
def post(words):
    raise ValueError('Failing row\\nDETAIL:  (1, "' + words + '")')
try:
    post("quittenmarmelade")
except ValueError as error:
    log.exception("command_failed")
    log.warning("database_failed", error=repr(error), errors=[str(error)])
log.warning("statement", error='no column "x"\\nLINE 1: UPDATE "chat_message" SET "text" = "quittenmarmelade", "x" = 1')
log.info("asked", url="/x?token=quittenmarmelade&b=1", header="Bearer quittenmarmelade")
log.info("Internal Server Error: /accounts/password/reset/key/1-quittenmarmelade/")
log.info("a token", given="chat_quittenmarmelade_0123456789")
"""


ASK_BY_ANOTHER_NAME = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
import django
django.setup()
from django.test import Client
assert Client(headers={"host": "evil.example"}).get("/accounts/login/").status_code == 400
"""

REFUSE_AND_BREAK = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
import django
django.setup()
from django.test import Client
def client():
    return Client(enforce_csrf_checks=True, raise_request_exception=False, headers={"host": "localhost"})
assert client().post("/rooms/quittenmarmelade/leave").status_code == 403
from chat.middleware import RouteNoted
def broken(*args, **kwargs):
    raise ValueError("broken")
RouteNoted.process_view = broken
assert client().get("/rooms/quittenmarmelade/").status_code == 500
"""

# A server that was stopped for seconds cancels what it ran for whoever has given up, and says only then that they have.
CANCEL_A_REQUEST = """
import asyncio, gc, os
os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
from django.core.asgi import get_asgi_application
handle = get_asgi_application()

async def ask():
    inbox = asyncio.Queue()
    await inbox.put({"type": "http.request", "body": b"", "more_body": False})
    asked = {"method": "GET", "path": "/nowhere", "query_string": b"", "headers": [(b"host", b"localhost")]}
    request = asyncio.create_task(handle({"type": "http", **asked}, inbox.get, lambda event: asyncio.sleep(0)))
    while len(asyncio.all_tasks()) < 4:  # this one, the request, and its two
        await asyncio.sleep(0)
    request.cancel()
    await inbox.put({"type": "http.disconnect"})
    while len(asyncio.all_tasks()) > 1:
        await asyncio.sleep(0)

async def fail():
    raise KeyError("a fault of its own")

async def main():
    await ask()
    asyncio.create_task(fail())
    await asyncio.sleep(0.1)

asyncio.run(main())
gc.collect()
"""

ASK_FOR_TOO_MUCH = (
    ASK_BY_ANOTHER_NAME.rpartition("assert")[0]
    + """
stranger = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
stranger.cookies["csrftoken"] = "a" * 32
assert stranger.get("/admin/", {"q": "a" * 20_000}).status_code == 400
assert stranger.post("/rooms/", {str(number): "" for number in range(2_000)}).status_code == 400
assert stranger.post("/rooms/", {"name": "a" * 3_000_000}).status_code == 413
"""
)


def said(script=SPEAK, **environment):
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env={"ENV_FILE": "", **environment}, cwd=ROOT, capture_output=True, check=True)
    return done.stderr.decode().splitlines()


def test_json_is_one_object_per_event():
    events = [json.loads(line) for line in said(LOG_FORMAT="json")]

    assert [(event["event"], event["level"], event["logger"]) for event in events] == [
        ("message posted", "info", "chat.a"),
        ("Not found: /x", "warning", "django.b"),
        ("reply failed", "error", "chat.c"),
        ("in the receive task", "warning", "channels_redis.pubsub"),  # once: that Redis is away is said by the hub
    ]
    assert events[3]["exception"][0]["exc_type"] == "KeyError"
    assert events[0]["room"] == "general"
    assert events[2]["exception"][0]["exc_value"] == "broken"


def test_a_host_that_is_none_of_ours_is_one_line():
    lines = said(ASK_BY_ANOTHER_NAME, LOG_FORMAT="json")

    assert [json.loads(line)["logger"] for line in lines] == ["django.security.DisallowedHost"]
    assert "evil.example" in lines[0]
    assert "exception" not in json.loads(lines[0])


def test_words_of_an_address_stand_in_no_line_of_the_frameworks_either():
    lines = said(REFUSE_AND_BREAK, LOG_FORMAT="json")

    assert [json.loads(line)["event"] for line in lines] == ["Internal Server Error: rooms/<slug:slug>/"]
    assert "quittenmarmelade" not in "".join(lines)


def test_what_asks_for_too_much_is_a_line_each():
    lines = [json.loads(line) for line in said(ASK_FOR_TOO_MUCH, LOG_FORMAT="json")]

    assert [line["logger"].removeprefix("django.security.") for line in lines] == [
        "DisallowedRedirect",
        "TooManyFieldsSent",
        "RequestDataTooBig",
    ]
    assert not any("exception" in line for line in lines)


def test_a_request_that_nobody_waits_for_any_more_is_no_fault_and_what_else_failed_unheard_is_one():
    lines = [json.loads(line) for line in said(CANCEL_A_REQUEST, LOG_FORMAT="json")]

    faults = [line["exception"][0]["exc_type"] for line in lines if line["logger"] == "asyncio"]
    assert faults == ["KeyError"]


def test_the_console_says_the_same_without_colours_in_a_file():
    lines = said()

    assert lines[0].split("Z", 1)[1] == " [info     ] message posted [chat.a] lines='one\\ntwo' room=general"
    assert "\x1b" not in "".join(lines)


def test_the_level_is_the_one_asked_for():
    events = [json.loads(line)["event"] for line in said(LOG_FORMAT="json", LOG_LEVEL="ERROR")]

    assert events == ["reply failed"]


@pytest.mark.parametrize("form", ["console", "json"])
def test_what_an_exception_carries_of_people_stays_unsaid(form):
    lines = said(BREAK, LOG_FORMAT=form)

    assert "command_failed" in lines[0]
    assert "ValueError" in "".join(lines)
    assert "quittenmarmelade" not in "".join(lines)
