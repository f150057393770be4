"""Those in a room who are told in the same words: its sockets of one dialect."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from chat.frames import texts_of
from chat.hub.joining import Said
from chat.hub.socket import Socket, Texts, Writer


class Audience:
    """Where our own server has a writer for a socket, nothing else of the socket is touched to tell it something: of
    what it costs to tell five hundred, all that the kernel does not take is to look for them in memory."""

    def __init__(self, *, is_html: bool) -> None:
        self._is_html = is_html
        self._writers: dict[Socket, Writer] = {}
        self._others: dict[Socket, None] = {}

    def __len__(self) -> int:
        return len(self._writers) + len(self._others)

    def __iter__(self) -> Iterator[Socket]:
        return chain(self._writers, self._others)

    def join(self, socket: Socket) -> None:
        if socket.writer is not None:
            self._writers[socket] = socket.writer
        else:
            self._others[socket] = None

    def leave(self, socket: Socket) -> None:
        self._writers.pop(socket, None)
        self._others.pop(socket, None)

    def tell(self, said: Sequence[Said]) -> int:
        """What was said in one moment, in one write for each; how many frames that were, for all together."""
        authors = {each.author for each in said if each.author}
        apart = {socket for socket in self if socket.user_id in authors} if authors else frozenset()
        is_passing = said[0].is_passing
        texts = texts_of((frame for each in said for frame in each.frames), is_html=self._is_html)
        self._tell_but(apart, texts, is_passing=is_passing)
        told = len(texts) * (len(self) - len(apart))
        for socket in apart:
            heard = [frame for each in said for frame in each.heard_by(socket.user_id)]
            if heard:
                socket.push(texts_of(heard, is_html=self._is_html), is_passing=is_passing)
                told += len(heard)
        return told

    def _tell_but(self, apart: Collection[Socket], texts: Texts, *, is_passing: bool) -> None:
        """In lists of their own: whoever is found to be gone leaves meanwhile."""
        writers = list(self._writers.values())
        if apart:
            writers = [writer for socket, writer in self._writers.items() if socket not in apart]
        if writers:
            writers[0].write_all(writers, texts, is_passing=is_passing)
        for socket in [socket for socket in self._others if socket not in apart]:
            socket.push(texts, is_passing=is_passing)
