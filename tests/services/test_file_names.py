"""Names of files, and what they are: found by us, shown without tricks."""

from __future__ import annotations

import pytest

from chat.services.attachments.kinds import Kind
from chat.services.attachments.naming import cleaned_name


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\plan.pdf", "plan.pdf"),
        ("a\x00b\nc\x7f.txt", "ab c.txt"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("\u2066a\u2069.txt", "a.txt"),
        ("  spaces   in  it .txt ", "spaces in it .txt"),
        ("5%22 pipe.pdf", '5" pipe.pdf'),  # as a browser's form says it
        ("two%0D%0Alines.txt", "two lines.txt"),
        ("100%25 of 7%2F8.txt", "100%25 of 7%2F8.txt"),
        ("...", "file"),
        ("", "file"),
        (".htaccess", "htaccess"),
        ("🩷.png", "🩷.png"),
        ("café ☕️ 家族👨‍👩‍👧.jpg", "café ☕️ 家族👨‍👩‍👧.jpg"),
        ("half a pair \ud83d.txt", "half a pair \ufffd.txt"),
        ("n" * 300 + ".tar.gz", "n" * 197 + ".gz"),
    ],
)
def test_a_name_is_no_path_and_hides_nothing(given: str, shown: str):
    assert cleaned_name(given) == shown


def test_a_long_name_fits_on_a_disk_and_keeps_its_ending():
    name = cleaned_name("家" * 300 + ".jpeg")

    assert name.endswith("家.jpeg")
    assert len(name.encode()) <= 240


@pytest.mark.parametrize(
    ("pieces", "media_type"),
    [
        ([b"one\n", "zw\u00f6lf".encode()], "text/plain"),
        (["zw\u00f6lf".encode()[:3], "zw\u00f6lf".encode()[3:]], "text/plain"),
        (["zw\u00f6lf".encode()[:3]], "application/octet-stream"),
        ([b"\x00\x01"], "application/octet-stream"),
        ([b"<html><script>"], "text/plain"),
        ([b"%PDF-1.7 \x80"], "application/pdf"),
        ([b"PK\x03\x04\x00"], "application/zip"),
        ([b"MZ\x90\x00"], "application/octet-stream"),
    ],
)
def test_what_a_file_is_follows_from_its_bytes(pieces: list[bytes], media_type: str):
    kind = Kind()
    for number, piece in enumerate(pieces):
        kind.look_at(piece, is_first=number == 0)

    assert kind.media_type() == media_type
