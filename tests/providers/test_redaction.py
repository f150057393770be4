"""O27: a key that comes back in an error goes no further."""

from __future__ import annotations

import json
import logging

import pytest

from chat.providers import Backend, FailureKind, create
from chat.providers.redaction import Redactor
from tests.fake_llm import FakeLLM, Script, chunk, error, event
from tests.providers.asking import HELLO, ask, backend_of, failure_of

KEY = "Kq3-very-secret/key+1"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (f"bad key {KEY}", "bad key [key]"),
        ("bad key Kq3-very-secret%2Fkey%2B1", "bad key [key]"),
        ("Incorrect API key: sk-proj-Ab1_cd**********xyz.", "Incorrect API key: [key]"),
        ("app-abcDEF123456 is unknown", "[key] is unknown"),
        ("API key AIzaSyD-abcdefghijklmnopqrstu12345 not valid", "API key [key] not valid"),
        ("token eyJhbGciOiJI.eyJzdWIiOiIx.SflKxw is old", "token [key] is old"),
        ("header 'Bearer abc.def' refused", "header '[key]' refused"),
        ("the extra-value and the query-value", "the [key] and the [key]"),
        ("at http://u:pass-word@host", "at http://u:[key]@host"),
        ("two\nlines\0", "two lines"),
        ("x" * 490 + f" {KEY}", "x" * 490 + " [key]"),
        ("x" * 600, "x" * 500),
        ("the bearer of an app-store link", "the [key] an app-store link"),
    ],
)
def test_whatever_looks_like_a_key_is_hidden(message: str, shown: str) -> None:
    backend = Backend(
        base_url="http://u:pass-word@host", key=KEY, headers={"x": "extra-value"}, query={"y": "query-value"}
    )

    assert Redactor(backend)(message) == shown


def test_a_back_end_does_not_show_its_secrets() -> None:
    shown = repr(Backend(base_url="http://host", key=KEY, headers={"x": KEY}, query={"y": KEY}))

    assert KEY not in shown


@pytest.mark.parametrize(
    "script",
    [
        error(401, f"Incorrect API key provided: {KEY}"),
        Script([event({"error": {"message": KEY, "code": 401}})]),
        Script([chunk(content="a"), f"event: error\ndata: {KEY}\n\n".encode()]),
        Script([f"data: {KEY}\n\n".encode()]),
        Script([json.dumps({"detail": KEY}).encode()], status=422, content_type="application/json"),
    ],
)
async def test_o27_a_key_in_an_error_is_hidden_everywhere(
    llm: FakeLLM, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    llm.answer(script)

    with caplog.at_level(logging.DEBUG):
        failure = failure_of(await ask(llm, key=KEY))
        check = await create("openai", backend_of(llm, key=KEY)).check("another")

    assert KEY not in repr(failure) + repr(check) + caplog.text
    assert "[key]" in failure.message


@pytest.mark.parametrize("broken", [f"{KEY}\n{KEY}", f"{KEY}\0"])
@pytest.mark.parametrize("place", ["key", "headers"])
async def test_o27_a_key_that_makes_no_header_is_hidden_too(
    llm: FakeLLM, place: str, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    backend = backend_of(llm, key=broken) if place == "key" else backend_of(llm, headers={"api-key": broken})
    provider = create("openai", backend)

    failure = failure_of([one async for one in provider.stream(HELLO)])

    assert failure.kind == FailureKind.CONFIG
    assert KEY not in repr(failure) + repr(await provider.check("m")) + caplog.text


async def test_white_space_around_a_key_is_no_part_of_it(llm: FakeLLM) -> None:
    await ask(llm, key=" sk-secret\n")

    assert llm.requests[0].headers["authorization"] == "Bearer sk-secret"
