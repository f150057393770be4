"""Servers and gateways that are odd in ways that were seen: marks, wrong names, other packings, other words."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import httpx
import pytest

from chat.providers import Done, FailureKind
from chat.providers.guard import FAILURES_IN_A_ROW, SHORTEST_PAUSE_SECONDS
from chat.providers.inflating import PIECE_BYTES, Inflating
from tests.fake_llm import JSON, FakeLLM, Piece, Script, chunk, ending, error, event, stream_of
from tests.providers.asking import HELLO, ask, failure_of, text_of
from tests.providers.dialects import refusal

MARK = b"\xef\xbb\xbf"
WHOLE = json.dumps({"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}).encode()
STREAM = b"".join(piece for piece in stream_of("h\u00e9 \U0001f388") if isinstance(piece, bytes))


@pytest.mark.parametrize("content_type", [JSON, "", "text/plain"])
async def test_a_mark_of_the_byte_order_is_no_part_of_an_answer(llm: FakeLLM, content_type: str) -> None:
    body = MARK + WHOLE
    in_pieces: list[Piece] = [body[:1], 0.05, body[1:2], 0.05, body[2:]]
    for pieces in ([body], in_pieces):
        llm.answer(Script(pieces, content_type=content_type))

        assert text_of(await ask(llm)) == "Hi"


async def test_a_mark_of_the_byte_order_hides_no_error(llm: FakeLLM) -> None:
    body = MARK + json.dumps({"error": {"message": "no more", "code": "insufficient_quota"}}).encode()
    llm.answer(Script([body], status=429, content_type=JSON))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.message, len(llm.requests)) == (FailureKind.QUOTA, "HTTP 429 Scripted: no more", 1)


@pytest.mark.parametrize("before", [b"", b": ping\n\n", b"\n\n", b"event: message\n"])
async def test_a_stream_that_calls_itself_json_is_read_as_one(llm: FakeLLM, before: bytes) -> None:
    llm.answer(Script([before, STREAM] if before else [STREAM], content_type=JSON))

    assert text_of(await ask(llm)) == "h\u00e9 \U0001f388"


async def test_a_web_page_that_calls_itself_json_is_a_wrong_address(llm: FakeLLM) -> None:
    llm.answer(Script([b"\r\n<html>Sign in</html>"], content_type=JSON))

    failure = failure_of(await ask(llm))

    assert (failure.kind, "Sign in" in failure.message) == (FailureKind.CONFIG, False)


def bare(stream: bytes) -> bytes:
    """Deflate without a head, as some servers understand it."""
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(stream) + packing.flush()


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", bare)])
async def test_a_proxy_that_packs_what_was_to_come_plain_is_understood(
    llm: FakeLLM, name: str, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(STREAM)
    pieces = [packed[at : at + 7] for at in range(0, len(packed), 7)]
    llm.answer(Script(pieces, headers={"Content-Encoding": name}))

    events = await ask(llm)

    assert (text_of(events), events[-1]) == ("h\u00e9 \U0001f388", Done("stop"))


@pytest.mark.parametrize("name", ["none", "None", "utf-8", "identity, none"])
@pytest.mark.parametrize("length", ["chunked", "close"])
async def test_what_is_said_to_be_packed_in_no_way_is_read_as_it_is(
    llm: FakeLLM, name: str, length: Literal["chunked", "close"]
) -> None:
    """Gateways keep their own compression from a stream by that header."""
    llm.answer(Script([STREAM], headers={"Content-Encoding": name}, length=length))

    events = await ask(llm)

    assert (text_of(events), events[-1]) == ("h\u00e9 \U0001f388", Done("stop"))


@pytest.mark.parametrize("name", ["br", "zstd", "gzip, br"])
async def test_what_cannot_be_unpacked_is_said_to_be_packed(llm: FakeLLM, name: str) -> None:
    llm.answer(Script([b"\x1b\x00\x00"], headers={"Content-Encoding": name}))

    failure = failure_of(await ask(llm))

    assert (failure.kind, "packed" in failure.message) == (FailureKind.PROTOCOL, True)


async def test_what_is_packed_twice_is_not_unpacked(llm: FakeLLM) -> None:
    """A few hundred bytes of it can hold gigabytes."""
    twice = gzip.compress(gzip.compress(STREAM))
    llm.answer(Script([twice], headers={"Content-Encoding": "gzip, gzip"}))

    assert failure_of(await ask(llm)).kind == FailureKind.PROTOCOL


@pytest.mark.parametrize("size", [PIECE_BYTES + 1, 10_000_000])
@pytest.mark.parametrize("pack", [gzip.compress, bare])
def test_what_was_packed_small_is_unpacked_whole_a_little_at_a_time(pack: Callable[[bytes], bytes], size: int) -> None:
    pieces = list(Inflating().feed(pack(bytes(size))))

    assert sum(map(len, pieces)) == size
    assert max(map(len, pieces)) <= PIECE_BYTES


async def test_what_claims_to_be_packed_and_is_not_is_unreadable(llm: FakeLLM) -> None:
    llm.answer(Script([STREAM], headers={"Content-Encoding": "gzip"}))

    assert failure_of(await ask(llm)).kind == FailureKind.PROTOCOL


@pytest.mark.parametrize(
    "stream",
    [
        STREAM.replace(b"\n", b"\r"),
        STREAM.replace(b"\n\n", b"\r\n\n"),
        STREAM.replace(b"\n\n", b"\n"),
        STREAM.replace(b"data: ", b"data:"),
        STREAM.replace(b"data: [DONE]", b"data:  [DONE] "),
        STREAM + b"data: [DONE]\n\n\x00\xff<html>",
    ],
)
async def test_line_ends_spaces_and_what_follows_the_end_make_no_difference(llm: FakeLLM, stream: bytes) -> None:
    llm.answer(Script([stream[at : at + 11] for at in range(0, len(stream), 11)]))

    events = await ask(llm)

    assert (text_of(events), events[-1]) == ("h\u00e9 \U0001f388", Done("stop"))


async def test_parts_of_words_have_several_names_and_a_finish_comes_twice(llm: FakeLLM) -> None:
    parts = [{"type": "output_text", "text": "a"}, {"text": "b"}, {"type": "text", "text": {"value": "?"}}, "c", None]
    llm.answer(Script([chunk(content=parts), chunk("stop"), chunk("stop"), *ending()]))

    events = await ask(llm)

    assert (text_of(events), events[-1]) == ("abc", Done("stop"))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": True, "message": "boom"}, "server"),
        ({"error": True, "message": "slow", "code": 429}, "rate_limit"),
        ({"error": "slow", "code": 429}, "rate_limit"),
    ],
)
async def test_an_error_may_be_said_beside_the_word_error(llm: FakeLLM, body: dict[str, object], kind: str) -> None:
    llm.answer(Script([chunk(content="a"), event(body)]))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.message) == (kind, body["message"] if body["error"] is True else body["error"])


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "This model's maximum prompt length is 131072 but the request contains 200000 tokens."),
        (400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
        (400, "The decoder prompt (length 5000) is longer than the maximum model length of 4096."),
        (400, "Please reduce the length of the messages or completion."),
        (400, "prompt is too long: 210000 tokens > 200000 maximum"),
        (400, "Requested tokens (5000) exceed context window of 4096"),
        (422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 4000 tokens"),
        (422, "Input validation error: `inputs` must have less than 1024 tokens. Given: 4000"),
    ],
)
async def test_a_conversation_that_is_too_long_is_told_in_many_words(llm: FakeLLM, status: int, words: str) -> None:
    llm.answer(refusal(status, {"error": {"message": words}}))

    assert failure_of(await ask(llm)).kind == FailureKind.CONTEXT


@pytest.mark.parametrize(
    "body",
    [
        {
            "error": {
                "message": "invalid temperature: only 1 is allowed for this model",
                "type": "invalid_request_error",
            }
        },
        {
            "detail": [
                {"type": "extra_forbidden", "loc": ["body", "temperature"], "msg": "Extra inputs are not permitted"}
            ]
        },
        {"object": "error", "message": {"detail": [{"loc": ["body", "temperature"], "msg": "unexpected value"}]}},
    ],
)
async def test_a_temperature_that_is_not_wanted_is_left_out(llm: FakeLLM, body: object) -> None:
    llm.answer(refusal(422, body), Script(stream_of("hi")))

    assert text_of(await ask(llm, replace(HELLO, temperature=0.5))) == "hi"
    assert [request.json.get("temperature") for request in llm.requests] == [0.5, None]


async def test_a_pause_is_told_where_it_is_longer_than_what_the_server_said(llm: FakeLLM) -> None:
    llm.answer(error(429, retry_after_ms="1"))
    for _ in range(FAILURES_IN_A_ROW // 3):
        await ask(llm)

    failure = failure_of(await ask(llm))

    assert len(llm.requests) == FAILURES_IN_A_ROW
    assert failure.retry_after is not None
    assert 1 < failure.retry_after <= SHORTEST_PAUSE_SECONDS


MEMBERS = gzip.compress(STREAM[:40]) + gzip.compress(STREAM[40:60]) + gzip.compress(b"") + gzip.compress(STREAM[60:])


@pytest.mark.parametrize("after", [b"", b"\0\0\0\0", b"rubbish", MEMBERS[:1]])
@pytest.mark.parametrize("size", [1, 7, len(MEMBERS) + 9])
async def test_what_is_packed_in_several_members_is_read_to_its_end(llm: FakeLLM, size: int, after: bytes) -> None:
    packed = MEMBERS + after
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    llm.answer(Script(pieces, headers={"Content-Encoding": "gzip"}))

    events = await ask(llm)

    assert (text_of(events), events[-1]) == ("h\u00e9 \U0001f388", Done("stop"))


def test_a_member_that_is_damaged_is_told() -> None:
    damaged = bytearray(gzip.compress(b"b" * 100))
    damaged[-8] ^= 1  # its sum

    inflating = Inflating()

    with pytest.raises(httpx.DecodingError):
        list(inflating.feed(gzip.compress(b"a") + bytes(damaged)))
