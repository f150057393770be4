"""OpenAI's own client against a real server, over real sockets."""

from __future__ import annotations

import asyncio

import openai
import pytest
from openai import AsyncOpenAI

from tests.chaos.conftest import Peopled
from tests.chaos.test_ending import until_closed
from tests.fake_llm import FakeLLM
from tests.site import Site


def client_of(site: Site, token: str) -> AsyncOpenAI:
    return AsyncOpenAI(api_key=token, base_url=f"{site.url}/v1", max_retries=0)


async def test_it_asks_reads_and_hangs_up(peopled_site: Peopled, model: FakeLLM) -> None:
    site, tokens = peopled_site
    site.start()
    async with client_of(site, tokens["ana"]) as client:
        answer = await client.chat.completions.create(model="helper", messages=[{"role": "user", "content": "hi"}])
        assert answer.choices[0].message.content == "1 2 3"

        model.hold("one", " two")
        stream = await client.chat.completions.create(
            model="helper", messages=[{"role": "user", "content": "hi"}], stream=True
        )
        async for part in stream:
            if part.choices[0].delta.content == "one":
                break
        await stream.close()

    assert await asyncio.to_thread(model.requests[-1].was_abandoned.wait, 10)


async def test_it_is_told_when_the_server_ends(peopled_site: Peopled, model: FakeLLM) -> None:
    site, tokens = peopled_site
    site.start()
    model.hold("one", " two")
    async with client_of(site, tokens["ana"]) as client:
        stream = await client.chat.completions.create(
            model="helper", messages=[{"role": "user", "content": "hi"}], stream=True
        )

        assert (await anext(stream)).choices[0].delta.content == ""
        assert (await anext(stream)).choices[0].delta.content == "one"
        await asyncio.to_thread(site.stop)

        with pytest.raises(openai.APIError, match="restarted"):
            await anext(stream)


async def test_what_comes_to_its_end_soon_is_finished_while_the_server_ends(
    peopled_site: Peopled, model: FakeLLM
) -> None:
    site, tokens = peopled_site
    site.start()
    hold = model.hold("one", " two")
    async with client_of(site, tokens["ana"]) as client:
        stream = await client.chat.completions.create(
            model="helper", messages=[{"role": "user", "content": "hi"}], stream=True
        )
        said = [(await anext(stream)).choices[0].delta.content for _ in range(2)]
        stopped = asyncio.create_task(asyncio.to_thread(site.stop))
        await until_closed(site.port)

        hold.release()

        said += [part.choices[0].delta.content async for part in stream if part.choices]
    await stopped
    assert "".join(word or "" for word in said) == "one two"
