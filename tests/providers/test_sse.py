from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.providers.sse import EventTooLarge, ServerEvent, SSEDecoder
from tests.providers.asking import PATIENT

VECTORS: dict[str, tuple[list[bytes], list[str]]] = {
    "D1": ([b'data: {"t":"a"}\n\n'], ['{"t":"a"}']),
    "D2": ([b"data: a\r\n\r\ndata: b\r\rdata: c\n\n"], ["a", "b", "c"]),
    "D3": ([b"data: a\r", b"\n\r", b"\ndata: b\r\n\r\n"], ["a", "b"]),
    "D4": (
        ['data: {"t":"a\u2028b\u2029c\u0085d\u000be"}\n\n'.encode()],
        ['{"t":"a\u2028b\u2029c\u0085d\u000be"}'],
    ),
    "D5": ([b'data: "\xf0\x9f', b'\x8e\x88"\n\n'], ['"\U0001f388"']),
    "D6": ([b"\xef\xbb\xbfdata: a\n\n"], ["a"]),
    "D7": ([b"data:a\n\n", b"data:  a\n\n"], ["a", " a"]),
    "D8": ([b": OPENROUTER PROCESSING\n\n\n\n: keep-alive\n\ndata: a\n\n"], ["a"]),
    "D9": ([b'data: {"t":\ndata: "a"}\n\n'], ['{"t":\n"a"}']),
    "D10": ([b"event: ping\n\ndata: a\n\n"], ["a"]),
    "D11": ([b"id: 7\nretry: 10\nfoo: x\nbar\n\ndata: a\n\n"], ["a"]),
    "D12": ([b"data: a\n\ndata: [DONE]"], ["a", "[DONE]"]),
    "D13": ([b'data: a\n\ndata: {"t":"cut'], ["a"]),
    "D14": ([b"data: a\xffb\n\n"], ["a\ufffdb"]),
    "D15": ([b"data\n\ndata:\n\ndata: a\n\n"], ["", "", "a"]),
    "D17": (
        [b'error: {"code":400,"message":"too long"}\n\ndata: [DONE]\n\n'],
        ['{"code":400,"message":"too long"}', "[DONE]"],
    ),
    "D18": ([b'data: {"a":1}\ndata: {"b":2}\n\n'], ['{"a":1}', '{"b":2}']),
    "D19": ([b'event: error\ndata: {"error":{"message":"x"}}\n\n'], ['{"error":{"message":"x"}}']),
}
NAMES = {"D17": ["error", "message"], "D19": ["error"]}


def decode(reads: Iterable[bytes]) -> list[ServerEvent]:
    decoder = SSEDecoder()
    events = [event for read in reads for event in decoder.feed(read)]
    return [*events, *decoder.finish()]


def cuts(body: bytes) -> Iterator[list[bytes]]:
    yield from ([body[:at], body[at:]] for at in range(len(body) + 1))
    yield from ([body[at : at + size] for at in range(0, len(body), size)] for size in (1, 2, 3, 7))


@pytest.mark.parametrize("vector", VECTORS)
def test_a_vector_decodes_the_same_wherever_it_is_cut(vector: str) -> None:
    reads, expected = VECTORS[vector]
    events = [ServerEvent(*both) for both in zip(NAMES.get(vector, ["message"] * len(expected)), expected, strict=True)]

    assert decode(reads) == events
    for cut in cuts(b"".join(reads)):
        assert decode(cut) == events


def test_d16_an_endless_line_is_refused_soon_after_the_limit() -> None:
    decoder, read = SSEDecoder(limit=2**20), b"x" * 2**16
    accepted = [list(decoder.feed(b"data: "))]

    with pytest.raises(EventTooLarge):
        accepted.extend(list(decoder.feed(read)) for _ in range(256))

    assert len(accepted) == 16  # a sixteenth of 16 MiB was kept, and nothing was copied twice


def test_many_data_lines_count_together_towards_the_limit() -> None:
    decoder = SSEDecoder(limit=1000)

    with pytest.raises(EventTooLarge):
        list(decoder.feed(b"data:\n" * 1000))


def test_a_line_end_is_acted_upon_at_once() -> None:
    decoder = SSEDecoder()

    assert [list(decoder.feed(read)) for read in (b"data: a\r", b"\n", b"\r", b"\n")] == [
        [],
        [],
        [ServerEvent("message", "a")],
        [],
    ]


def test_an_event_name_lasts_for_one_event() -> None:
    assert decode([b"event: x\ndata: 1\n\ndata: 2\n\n"]) == [ServerEvent("x", "1"), ServerEvent("message", "2")]


def test_events_run_together_by_a_proxy_come_apart_at_the_end_of_the_stream_too() -> None:
    assert [event.data for event in decode([b'data: {"a":1}\ndata: [DONE]'])] == ['{"a":1}', "[DONE]"]


def test_several_lines_of_plain_text_stay_one_event() -> None:
    assert decode([b"event: error\ndata: it\ndata: broke\n\n"]) == [ServerEvent("error", "it\nbroke")]


@PATIENT
@given(st.lists(st.binary(max_size=40), max_size=12))
def test_any_bytes_decode_the_same_in_one_piece_and_in_many(reads: list[bytes]) -> None:
    assert decode(reads) == decode([b"".join(reads)])


@PATIENT
@given(st.lists(st.sampled_from([b"data", b": ", b"x", b"\r", b"\n", b"error:", b"{}", b"[DONE]", b"\xef\xbb\xbf"])))
def test_anything_like_a_stream_decodes_the_same_byte_by_byte(parts: list[bytes]) -> None:
    body = b"".join(parts)

    assert decode(bytes([byte]) for byte in body) == decode([body])
