"""Many small files, two addresses."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from chat.assets import SCRIPT_COMMENT, SCRIPTS, STYLES, asset, versioned
from chat.models import Room, User
from tests.views.conftest import browser

STATIC = Path(settings.BASE_DIR) / "static"


def test_every_element_is_joined() -> None:
    assert sorted(name for names in SCRIPTS.values() for name in names) == sorted(
        path.stem for path in (STATIC / "js/elements").glob("*.js")
    )


def test_what_a_room_needs_to_look_and_live_stays_small(garden: Room, ana: User) -> None:
    reader = browser(ana)
    page = reader.get("/rooms/garden/").content.decode()
    (htmx,) = re.findall(r'src="/static/(django_htmx/[^"]+)"', page)
    found = finders.find(htmx)
    assert found is not None
    (own,) = re.findall(r'href="(/me.css[^"]*)"', page)

    assert re.findall(r' (?:src|href)="/assets/([^"]+)"', page) == [versioned("app.css"), versioned("app.js")]
    packed = [asset("app.css").compressed, asset("app.js").compressed]
    packed += [gzip.compress(content, 6) for content in (Path(found).read_bytes(), reader.get(own).content)]
    assert sum(map(len, packed)) <= 60_000


def signs(style: str) -> str:
    return re.sub(r"[\s;]", "", style)


def test_every_stylesheet_stands_in_its_layer() -> None:
    for name in STYLES:
        styles = asset(name).content.decode()

        assert "@import" not in styles
        for part in re.findall(r'@import url\("([^"]+)"\)', (STATIC / "css" / name).read_text()):
            found = finders.find(f"css/{part}")
            assert found is not None
            style = re.sub(r"/\*.*?\*/\n?", "", Path(found).read_text(), flags=re.DOTALL)
            assert signs(style) in signs(styles)
        assert "/*" not in styles


def test_pages_outside_the_rooms_have_their_own_rules_in_the_same_layers(client: Client, ana: User) -> None:
    for page in (client.get("/accounts/login/"), client.get("/nowhere/"), browser(ana).get("/account/")):
        linked = re.findall(r'<link rel="stylesheet" href="/assets/([^"]+)"', page.content.decode())

        assert linked == [versioned("app.css"), versioned("account.css")]
    assert re.match(r"@layer components\{\.auth", asset("account.css").content.decode())


def test_scripts_are_sent_without_comments_indentation_and_empty_lines_and_with_all_others() -> None:
    sent = {line for name in SCRIPTS for line in asset(name).content.decode().splitlines()}

    assert "" not in sent
    lines = [line.lstrip() for path in (STATIC / "js/elements").glob("*.js") for line in path.read_text().splitlines()]
    assert not [line for line in sent if line.startswith("//")]
    code = {
        line if line in sent else line.rpartition(" // ")[0] for line in lines if line and not line.startswith("//")
    }
    assert code <= sent


def test_what_only_looks_like_a_comment_is_sent() -> None:
    lines = [
        'const words = "a // b"',
        "const words = 'a' // 'b'",
        "const address = `${scheme}://${host}/`",
        "const ours = /^\\/\\/(draft|outbox)\\//",
    ]

    assert SCRIPT_COMMENT.sub("", "\n".join(lines)) == "\n".join(lines)
    assert SCRIPT_COMMENT.sub("", "const first = 1 // of all\n") == "const first = 1\n"


def test_no_text_in_a_script_goes_over_lines_whose_indentation_would_be_missed() -> None:
    scripts = [*(STATIC / "js/elements").glob("*.js"), STATIC / "js/opening.js"]

    assert not [line for path in scripts for line in path.read_text().splitlines() if line.count("`") % 2]


def test_a_page_asks_for_what_is_there_and_keeps_it(client: Client, db: None) -> None:
    page = client.get("/accounts/login/").content.decode()

    for name in ("app.css", "account.css", "app.js"):
        address = f"/assets/{versioned(name)}"
        assert f'"{address}"' in page
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(answer.content) == asset(name).content == client.get(address).content
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("br, GZIP;q=0.5", "gzip"),
        ("gzip ;q=0.01", "gzip"),
        ("gzip;q=0", None),
        ("br, gzip ; q=0.0, *", None),
        ("", None),
    ],
)
def test_a_page_s_files_are_compressed_for_who_takes_them_so(
    client: Client, db: None, accepted: str, encoding: str | None
) -> None:
    answer = client.get(f"/assets/{versioned('app.css')}", headers={"Accept-Encoding": accepted})

    assert answer.get("Content-Encoding") == encoding


def test_what_did_not_come_at_once_is_asked_for_by_another_address_and_kept_as_well(client: Client, db: None) -> None:
    address = f"/assets/{versioned('files.js')}"

    answer = client.get(f"{address}?again=1")

    assert answer.content == client.get(address).content
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"


def test_an_earlier_version_is_answered_with_this_one_and_not_kept(client: Client, db: None) -> None:
    answer = client.get("/assets/app.0123456789.css")

    assert answer.content == asset("app.css").content
    assert answer["Cache-Control"] == "no-cache"


def test_there_are_no_others(client: Client, db: None) -> None:
    assert client.get("/assets/settings.0123456789.py").status_code == 404
    assert client.get("/assets/forced.0123456789.css").status_code == 404
    assert client.get("/assets/app.css").status_code == 404
