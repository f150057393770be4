"""The real client of OpenAI over the real ASGI application: each request is an exchange that is read as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
from asgiref.sync import sync_to_async
from openai import AsyncOpenAI

from chat.models import UsageRecord, User
from chat.services.assistants import save_assistant
from tests.realtime.asking import Exchange


class Line(httpx2.AsyncBaseTransport):
    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = {**request.headers, "host": "testserver"}
        exchange = Exchange(request.url.path, headers, method=request.method)
        self.exchanges.append(exchange)
        await exchange.ask(await request.aread())
        return httpx2.Response(exchange.status, headers=exchange.headers, stream=Body(exchange))

    async def aclose(self) -> None:
        for exchange in self.exchanges:
            await exchange.hang_up()


class Body(httpx2.AsyncByteStream):
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._exchange.pieces():
            yield piece

    async def aclose(self) -> None:
        await self._exchange.hang_up()


def client_of(key: str, line: Line | None = None) -> AsyncOpenAI:
    http = httpx2.AsyncClient(transport=line or Line())
    return AsyncOpenAI(api_key=key, base_url="http://testserver/v1", http_client=http, max_retries=0)


async def record() -> UsageRecord:
    return await UsageRecord.objects.select_related("person", "assistant__user").aget()


async def other_of(helper: User) -> User:
    url = await sync_to_async(lambda: helper.assistant.base_url)()
    assistant, _ = await sync_to_async(save_assistant)(slug="other", provider="openai", base_url=url, model="b")
    return assistant.user
