"""Lines to Redis that end where nothing comes any more.

A host that lost its power, a firewall that forgot: no packet comes, and none says so. Who only listens would wait for
ever. Worse, once the system gives such a line up, redis-py takes its error for "nothing yet", asks again at once, and
the loop gets no other turn.
"""

from __future__ import annotations

from typing import Any

from redis.asyncio.connection import AbstractConnection, Connection, SSLConnection, parse_url
from redis.exceptions import ConnectionError as RedisConnectionError

ASK_SECONDS = 1  # a line on which nothing came for so long is asked whether it lives
SILENT_SECONDS = 3.0


class _Mortal(AbstractConnection):
    """Asked on by a time of its own, ``read_response`` says None where nothing has come: who listens goes on so."""

    _waited = 0.0  # in vain, not by the clock: a process that was held up has not listened meanwhile

    async def read_response(self, *given: Any, **named: Any) -> Any:
        response = await super().read_response(*given, **named)
        if response is not None or named.get("timeout") is None:
            self._waited = 0.0
            return response
        self._waited += named["timeout"]
        if self._waited > SILENT_SECONDS or self._is_given_up():
            await self.disconnect(nowait=True)
            raise RedisConnectionError("The line is dead: nothing has come, and no answer either.")
        return response

    def _is_given_up(self) -> bool:
        return self._reader is not None and self._reader.exception() is not None


class Line(_Mortal, Connection):
    pass


class SecureLine(_Mortal, SSLConnection):
    pass


def line_to(url: str) -> dict[str, Any]:
    """What a pool is made of. One made from the address itself would take the library's own lines for TLS."""
    given = {**parse_url(url)}
    kind = SecureLine if given.pop("connection_class", None) is SSLConnection else Line
    return {"health_check_interval": ASK_SECONDS, **given, "connection_class": kind}


def new_line(url: str) -> AbstractConnection:
    """Not connected yet.

    :raises ValueError: :raises TypeError: an option behind the address is wrong, or is none.
    """
    given = line_to(url)
    line: AbstractConnection = given.pop("connection_class")(**given)
    return line
