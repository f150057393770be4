from __future__ import annotations

from chatsite.cors import CrossOrigin

APP = "https://app.example.org"


async def ask(path="/api/rooms", *, origin=APP, method="GET", headers=(), origins=(APP,)):
    """Status and headers of an answer, and whether the application was asked at all."""
    asked, sent = [], []

    async def application(scope, receive, send):
        asked.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"x")]})
        await send({"type": "http.response.body", "body": b"hi"})

    async def send(event):
        sent.append(event)

    sent_headers = [*headers, *([(b"origin", origin.encode())] if origin else [])]
    scope = {"type": "http", "method": method, "path": path, "headers": sent_headers}
    await CrossOrigin(application, origins)(scope, None, send)  # type: ignore[arg-type]
    return sent[0]["status"], dict(sent[0]["headers"]), asked


async def test_a_named_origin_may_read_the_answer():
    status, headers, _ = await ask()

    assert status == 200
    assert headers == {
        b"content-type": b"x",
        b"access-control-allow-origin": APP.encode(),
        b"access-control-expose-headers": b"Retry-After, X-Should-Retry, X-Request-ID, Content-Disposition",
        b"vary": b"Origin",
    }


async def test_another_origin_may_not_and_caches_know_it_depends():
    _, headers, asked = await ask(origin="https://evil.example")

    assert headers == {b"content-type": b"x", b"vary": b"Origin"}
    assert asked == ["/api/rooms"]


async def test_pages_are_not_part_of_the_api():
    _, headers, _ = await ask("/rooms/general/")

    assert headers == {b"content-type": b"x"}


async def test_a_preflight_is_answered_at_once():
    wants = [(b"access-control-request-method", b"POST")]

    status, headers, asked = await ask(method="OPTIONS", headers=wants)

    assert (status, asked) == (204, [])
    assert headers[b"access-control-allow-origin"] == APP.encode()
    assert headers[b"access-control-allow-headers"] == b"Authorization, Content-Type, Last-Event-ID, *"
    assert b"access-control-allow-credentials" not in headers


async def test_a_strangers_preflight_is_none_of_ours():
    wants = [(b"access-control-request-method", b"POST")]

    _, headers, asked = await ask(method="OPTIONS", headers=wants, origin="https://evil.example")

    assert asked == ["/api/rooms"]
    assert b"access-control-allow-origin" not in headers


async def test_without_named_origins_nothing_is_added():
    _, headers, _ = await ask(origins=())

    assert headers == {b"content-type": b"x"}


async def test_it_holds_for_the_openai_front_too():
    status, headers, _ = await ask("/v1/models")

    assert (status, headers[b"access-control-allow-origin"]) == (200, APP.encode())
