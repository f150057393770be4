"""What `collectstatic` leaves behind where it did not come to its end, and what is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from pytest_django import Settings

from chatsite.collected import CollectedFiles
from tests.environments import refusal_of
from tests.site import CommandFailed, Site


class FullDisk(ContentFile):
    """Half of it can be written."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"hal"
        raise OSError(28, "No space left on device")


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> CollectedFiles:
    settings.IS_COLLECTING = True
    return CollectedFiles(location=tmp_path, base_url="/static/")


def test_half_a_file_does_not_stand_under_its_name(collected: CollectedFiles, tmp_path: Path):
    with pytest.raises(OSError, match="No space left"):
        collected.save("css/app.css", FullDisk(b"half"))
    assert not (tmp_path / "css/app.css").exists()

    collected.save("css/app.css", ContentFile(b"whole"))

    assert [path.name for path in (tmp_path / "css").iterdir()] == ["app.css"]
    assert (tmp_path / "css/app.css").read_bytes() == b"whole"


def test_what_was_left_half_written_or_damaged_is_found_and_collected_anew(
    site_factory: Callable[..., Site], tmp_path: Path
):
    site = site_factory(STATIC_ROOT=str(tmp_path))
    site.manage("collectstatic", "--noinput")
    (tmp_path / "mark.svg").write_text("<sv")  # newer than its source
    (tmp_path / "staticfiles.json").write_text('{"paths": {"ma')

    with pytest.raises(CommandFailed, match=r"staticfiles\.json in .* is damaged: there are no pages"):
        site.manage("doctor", "static")
    site.manage("collectstatic", "--noinput")

    assert "of this version." in site.manage("doctor", "static")


def test_what_cannot_be_written_is_told_in_a_line(site_factory: Callable[..., Site], tmp_path: Path):
    (tmp_path / "css").write_text("a file in the place of a directory")
    site = site_factory(STATIC_ROOT=str(tmp_path))

    with pytest.raises(CommandFailed) as refused:
        site.manage("collectstatic", "--noinput")

    assert "CommandError: " in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_django_s_own_commands_say_in_a_line_what_the_database_refuses(site_factory: Callable[..., Site]):
    site = site_factory()

    with pytest.raises(CommandFailed) as refused:
        site.manage("clearsessions")

    assert "CommandError: no such table: django_session. `manage.py doctor` says more." in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_a_directory_that_may_not_be_read_stops_the_start_in_a_line(tmp_path: Path):
    too_long = tmp_path / ("x" * 300)  # nobody may look into it, root included

    assert refusal_of(STATIC_ROOT=str(too_long)).startswith(f"manage.py: STATIC_ROOT: {too_long}/staticfiles.json ")
