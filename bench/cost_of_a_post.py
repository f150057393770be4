"""Where the time of one post goes, stage by stage: `python -m bench.cost_of_a_post [--smoke]`.

Processor time of the thread that does it, on one thread, the best of several batches: what the code costs, not what a
busy machine makes of it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.command import options_of, table
from bench.servers import place_of, product_site

PLAIN = "Shall we meet at the harbour at nine, before the ferry leaves and the others are awake? " * 7
MARKED = "**Nine** at the `harbour`, see [the plan](https://example.org/plan):\n\n- bring bread\n- call _Ben_\n\n" * 6
BATCHES, BATCH = 7, 40
VIEWERS = 500


def main() -> None:
    size = "1, 2" if options_of(__doc__).parse_args().smoke else ""
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as directory, place_of(Path(directory)) as place:
        site = product_site(place).prepare()
        words = f"from bench.cost_of_a_post import measure; measure({size})"
        print(site.manage("shell", "--verbosity=0", "--command", words), end="")


def measure(*size: int) -> None:
    """Runs inside a new site: `manage.py shell --command`. ``size``: so many batches, of so many calls."""
    global BATCHES, BATCH
    BATCHES, BATCH = size or (BATCHES, BATCH)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from chat import frames, markup
    from chat.models import Message, Room
    from chat.services.messages import post_message
    from chat.services.people import create_person

    room, ana = Room.objects.get(slug="general"), create_person(name="ana")

    def post() -> Message:
        return post_message(room=room, author=ana, text=PLAIN).message

    message = post()
    with CaptureQueriesContext(connection) as queries:
        post()
    plain, marked = (best(lambda text=text: markup.render(text, {})) for text in (PLAIN, MARKED))
    whole, framing = best(post), best(lambda: frames.message_created(message))
    stages = {
        f"render {len(PLAIN)} characters, plain": plain,
        f"render {len(MARKED)} characters, with marks": marked,
        f"transaction: {len(queries)} statements": whole - plain - framing,
        "frames, both dialects": framing,
        "**a plain post, stored and framed**": whole,
        "open and close a connection to the database": best(lambda: reconnect(connection)),
        f"hub, {VIEWERS} sockets, without the server's own sending": asyncio.run(handing_out(message)),
    }
    print(table(["stage", "CPU µs"], ([stage, f"{cost:.0f}"] for stage, cost in stages.items())))


def reconnect(connection) -> None:
    connection.close()
    connection.ensure_connection()


async def handing_out(message) -> float:
    """From the announcement to every socket's `send`, which does nothing."""
    from chat import frames
    from chat.access import Ticket
    from chat.catchup import Change
    from chat.hub.desk import Desk
    from chat.hub.socket import Socket

    async def send(message) -> None: ...

    async def close(code: int) -> None: ...

    frame = await asyncio.to_thread(frames.message_created, message)
    desk = Desk(message.room_id, 0, lambda room_id: None)
    for number in range(VIEWERS):
        desk.join(Socket(send, close, ticket=Ticket(number, message.room_id), name="x", is_html=number % 2 == 0))
    return best(lambda: (desk.flush(), desk.take(Change(desk.delivered + 1, frame))))


def best(work: Callable[[], object]) -> float:
    """Microseconds of processor time a call, in the best batch."""
    return min(batch(work) for _ in range(BATCHES))


def batch(work: Callable[[], object]) -> float:
    begun = time.thread_time()
    for _ in range(BATCH):
        work()
    return (time.thread_time() - begun) / BATCH * 1e6


if __name__ == "__main__":
    main()
