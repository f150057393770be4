"""The small calls beside a chat: files go first, a stop goes after, and what people think of it later."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial
from urllib.parse import quote

from chat.providers import jsontext
from chat.providers.base import Backend, Document, Picture, Rating
from chat.providers.dify.errors import trouble_from
from chat.providers.errors import FailureKind
from chat.providers.exchange import exchange, read_whole
from chat.providers.jsontext import JSONObject
from chat.providers.outgoing import Body, build, build_upload
from chat.providers.rejection import raise_for_status
from chat.providers.timers import Timers, impatient
from chat.providers.trouble import Trouble

STOP_SECONDS = 5.0
_MOST_BYTES = 1024 * 1024
_log = logging.getLogger(__name__)
_judge = partial(trouble_from, is_known=False)


async def fetch(backend: Backend, path: str, body: Body | None = None, **query: str) -> JSONObject:
    """:raises Trouble:"""
    timers = Timers(impatient(backend.timeouts))
    async with exchange(build(backend, path, body, query=query), timers) as response:
        await raise_for_status(response, timers, backend.limits.error_bytes, _judge)
        return _object_in(await read_whole(response, timers, _MOST_BYTES))


async def upload(backend: Backend, file: Picture | Document, user: str, timers: Timers) -> str:
    """The id under which the app knows the file.

    :raises FileTrouble: it does not take this one. :raises Trouble:
    """
    request = build_upload(backend, "/files/upload", file, {"user": user})
    async with exchange(request, timers) as response:
        await raise_for_status(response, timers, backend.limits.error_bytes, _judge)
        uploaded = _object_in(await read_whole(response, timers, _MOST_BYTES))
    if file_id := jsontext.as_text(uploaded.get("id")):
        return file_id
    raise Trouble(FailureKind.PROTOCOL, "The server took the file, but did not say what it calls it.")


async def stop(backend: Backend, task_id: str, user: str) -> None:
    """Dify writes on when nobody listens any more. Whether this helps is not told: it always says yes."""
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            try:
                await fetch(backend, f"/chat-messages/{quote(task_id, safe='')}/stop", {"user": user})
            except Trouble as trouble:
                _log.warning("A task could not be stopped: %s", trouble.kind)


async def rate(backend: Backend, message_id: str, rating: Rating, words: str, user: str) -> None:
    """:raises Trouble:"""
    body: Body = {"rating": rating, "user": user, "content": words}
    await fetch(backend, f"/messages/{quote(message_id, safe='')}/feedbacks", body)


def _object_in(body: bytes) -> JSONObject:
    try:
        return jsontext.as_object(jsontext.parse(body.decode("utf-8", "replace")))
    except jsontext.NotJSON as error:
        raise Trouble(FailureKind.CONFIG, "The server did not answer in JSON: check the base URL.") from error
