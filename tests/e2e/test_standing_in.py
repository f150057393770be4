"""A reply whose assistant cannot begin: who answers instead, and why, before everybody's eyes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Visitors, say
from tests.fake_llm import FakeLLM, Hold, Script, error, stream_of
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

WAITING, ANSWERED = "Asking understudy: lead is overloaded", "Answered by understudy: lead is overloaded"


@pytest.fixture
def model() -> Iterator[FakeLLM]:
    with FakeLLM() as running:
        yield running


@pytest.fixture
def understudy(shared_site: Site, model: FakeLLM) -> Iterator[FakeLLM]:
    """It stands in for lead, whose room is called stage."""
    with FakeLLM() as running:
        for slug, llm, more in (("understudy", running, ()), ("lead", model, ("--fallback", "understudy"))):
            given = ("--provider", "openai", "--base-url", llm.url, "--model", "llama3.2", *more)
            shared_site.order("addassistant", slug, *given)
        shared_site.order("addroom", "stage", "--assistant", "lead")
        yield running


async def test_everybody_sees_who_answers_instead_and_why(
    visitors: Visitors, model: FakeLLM, understudy: FakeLLM
) -> None:
    hold = Hold()
    model.answer(error(503, retry_after="3600"))
    understudy.answer(Script([hold.event, *stream_of("To be, or not to be.")]))
    ana, ben = await visitors.sign_up("stage-ana", "stage"), await visitors.sign_up("stage-ben", "stage")

    await say(ana, "@lead how does it begin?")
    for page in (ana, ben):
        await expect(page.locator(".reply--thinking .reply__foot")).to_contain_text(WAITING)
    hold.release()

    for page in (ana, ben):
        reply = page.locator(".reply--complete")
        await expect(reply.locator(".prose")).to_have_text("To be, or not to be.")
        await expect(reply.locator(".reply__foot")).to_contain_text(ANSWERED)
        await expect(reply.locator(".message__author")).to_have_text("lead")
    await ben.reload()
    await expect(ben.locator(".reply__foot")).to_contain_text(ANSWERED)
