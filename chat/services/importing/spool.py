"""Things put down on the disk, one to a line, to be read again as often as they are needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from tempfile import TemporaryFile, gettempdir
from types import TracebackType
from typing import Generic, Self, TypeVar

from pydantic import BaseModel

from chat.exceptions import DiskFull

M = TypeVar("M", bound=BaseModel)


class Spool(Generic[M]):
    """Gone when it is closed."""

    def __init__(self, kind: type[M]) -> None:
        self._kind = kind
        self._file = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by __exit__

    def fill(self, things: Iterable[M]) -> Self:
        """:raises OSError: if the disk is full, with the directory that lies on it."""
        try:
            self._file.writelines(f"{thing.model_dump_json(exclude_defaults=True)}\n" for thing in things)
            self._file.flush()
        except OSError as error:
            if DiskFull.is_meant_by(error):
                error.filename = gettempdir()
            raise
        return self

    def __iter__(self) -> Iterator[M]:
        self._file.seek(0)
        return map(self._kind.model_validate_json, self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # what a full disk has not taken is not wanted any more
            self._file.close()
