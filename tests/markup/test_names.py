"""Names that look the same, and what is in a name that nobody sees."""

from __future__ import annotations

import pytest

from chat.markup import clean_line, likeness, words_alike


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (" Ana\n Ruiz ", "Ana Ruiz"),
        ("\u202egnihton\u202c", "gnihton"),
        ("a\u200bn\u00ada\u2060", "ana"),
        ("\u3164\u2800\u200b \u0301", ""),
        ("Z" + "\u0335" * 40, "Z" + "\u0335" * 3),
        ("سلمى حداد", "سلمى حداد"),
        ("नमस्ते क्\u200dष", "नमस्ते क्\u200dष"),
        ("👩\u200d🚀 ⚙️ 🩷 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", None),
    ],
)
def test_what_cannot_be_seen_is_in_no_name(typed: str, shown: str | None):
    assert clean_line(typed) == (typed if shown is None else shown)


def test_names_that_are_taken_for_each_other_are_alike():
    alike = ["Ana Ruiz", "ana_ruiz", "Аnа Ruiz", "ÁNA RUIZ", "ana\u200bruiz", "Αna Rui\u017e", "ａｎａ ruiz"]

    assert {likeness(name) for name in alike} == {likeness("anaruiz")}
    assert likeness("b0ss") == likeness("boss")
    assert likeness("aIice") == likeness("alice") == likeness("a1ıce") == likeness("Al|се")
    assert likeness("Ana R.") != likeness("Ana B.")
    assert likeness("🦊") == ""


@pytest.mark.parametrize(
    "name", ["Site Admin", "site-ADMlN", "_admin_", "Ana|Admin", "Ana-adm|n", "Site ad.min", "Ana/ádmin"]
)
def test_a_word_ends_at_whatever_is_no_letter(name: str):
    assert likeness("admin") in words_alike(name)
    assert likeness("admin") not in words_alike("Administer the administration")
