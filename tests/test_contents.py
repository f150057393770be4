"""What a body is said to be, where that makes no sense: it is refused, and nothing breaks over it."""

from __future__ import annotations

import pytest

from chatsite.contents import is_readable
from tests.realtime.asking import Exchange

FORM = b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\nana\r\n--x--\r\n'
ODD = [
    "multipart/form-data; boundary=x; charset=zlib",
    "multipart/form-data; boundary*=xyz''x",
    "multipart/form-data; boundary=x; charset*=utf-8''%00",
]


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize(("path", "status"), [("/accounts/login/", 403), ("/api/rooms", 401)])
async def test_what_cannot_be_read_is_no_form(db: None, kind: str, path: str, status: int) -> None:
    asked = await Exchange(path, {"content-type": kind, "host": "testserver"}, query="a=%ff").ask(FORM)

    await asked.body()
    await asked.ended()
    assert asked.status == status


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=xyz", "text/plain; charset=latin-1", "", "/", ";;"]
)
def test_what_django_reads_is_left_as_it_is(kind: str) -> None:
    assert is_readable(kind)
