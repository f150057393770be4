"""Who claims, and who has to wait for it."""

from __future__ import annotations

import asyncio

from chat.replies.claiming import Claiming


async def test_what_a_claim_gave_to_the_loop_is_taken_up_before_it_is_paused():
    claiming = Claiming()
    taken_up: list[str] = []
    loop = asyncio.get_running_loop()
    assert claiming.begin(is_patient=False)

    async def pause() -> list[str]:
        async with claiming.paused():
            assert not claiming.begin(is_patient=False)
            return list(taken_up)

    pausing = asyncio.create_task(pause())
    await asyncio.sleep(0.03)
    assert not pausing.done()
    loop.call_soon(taken_up.append, "a lease")
    claiming.end()

    assert await pausing == ["a lease"]
    assert claiming.begin(is_patient=False)


async def test_a_pause_that_is_cancelled_while_it_waits_keeps_nobody_from_claiming():
    claiming = Claiming()
    assert claiming.begin(is_patient=True)

    async def pause() -> None:
        async with claiming.paused():
            pass

    pausing = asyncio.create_task(pause())
    await asyncio.sleep(0.03)
    pausing.cancel()
    await asyncio.gather(pausing, return_exceptions=True)
    claiming.end()
    await asyncio.sleep(0.03)

    assert claiming.begin(is_patient=False)
