from __future__ import annotations

import asyncio
import gzip

import pytest
from django.http import HttpResponse

from chat.assets import SCRIPTS, STYLES, asset
from chatsite.loading import load_pages
from chatsite.static import StaticMiddleware


@pytest.fixture(autouse=True)
def _static_files_unlisted():
    """Here they are listed at the start, as on a site."""


@pytest.fixture
def collected(settings, tmp_path):
    """A directory as `collectstatic` leaves it."""
    (tmp_path / "app.css").write_text("body { color: green }" * 20)
    (tmp_path / "app.css.gz").write_bytes(gzip.compress((tmp_path / "app.css").read_bytes(), mtime=0))
    settings.STATIC_ROOT = tmp_path
    settings.WHITENOISE_USE_FINDERS = False
    return tmp_path


def page(request):
    return HttpResponse("a page")


async def async_page(request):
    return HttpResponse("a page")


def test_a_file_is_answered_with_its_type(collected, rf):
    response = StaticMiddleware(page)(rf.get("/static/app.css"))

    assert response.content == (collected / "app.css").read_bytes()
    assert response["Content-Type"] == 'text/css; charset="utf-8"'
    assert response.streaming is False


def test_a_browser_that_can_gets_the_compressed_one(collected, rf):
    response = StaticMiddleware(page)(rf.get("/static/app.css", headers={"Accept-Encoding": "gzip"}))

    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content) == (collected / "app.css").read_bytes()


def test_a_browser_that_has_it_gets_nothing(collected, rf):
    middleware = StaticMiddleware(page)
    first = middleware(rf.get("/static/app.css"))

    again = middleware(rf.get("/static/app.css", headers={"If-Modified-Since": first["Last-Modified"]}))

    assert (again.status_code, again.content) == (304, b"")


def test_everything_else_passes(collected, rf):
    assert StaticMiddleware(page)(rf.get("/rooms/")).content == b"a page"


def test_under_asgi_it_needs_no_thread(collected, rf):
    middleware = StaticMiddleware(async_page)

    file, other = (asyncio.run(middleware(rf.get(path))) for path in ("/static/app.css", "/rooms/"))

    assert file.content == (collected / "app.css").read_bytes()
    assert other.content == b"a page"


def test_a_clone_serves_what_was_never_collected(settings, rf):
    settings.WHITENOISE_USE_FINDERS = True

    response = StaticMiddleware(page)(rf.get("/static/admin/css/base.css"))

    assert response.status_code == 200


def test_a_file_of_the_next_version_is_found_though_it_was_collected_later(collected, rf):
    """In an update its pages are answered beside those of the processes of before."""
    middleware = StaticMiddleware(page)
    (collected / "later.css").write_text("body {}")

    assert middleware(rf.get("/static/later.css")).content == b"body {}"
    for address in ("/static/none.css", "/static/", "/static/../secret", "/static/%2e%2e/secret", "/later.css"):
        assert middleware(rf.get(address)).content == b"a page"


def test_all_that_is_joined_is_read_before_the_first_page(monkeypatch):
    load_pages()
    monkeypatch.setattr("chat.assets.source_of", lambda name: pytest.fail(f"{name} may be another version's by now"))

    for name in (*SCRIPTS, *STYLES):
        assert asset(name).content
