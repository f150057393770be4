import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.markup import clean_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc\n\td", "a\nb\nc\n\td"),
        ("a\x00b\x1b[31mc\x7f\x85\x9f", "ab[31mc"),
        ("\ud83d a \udc00", "\ufffd a \ufffd"),
        ("\u00a0\u2028\u200d😀é", "\u00a0\u2028\u200d😀é"),
    ],
)
def test_text_is_cleaned(text, expected):
    assert clean_text(text) == expected


@given(st.text(st.characters(exclude_categories=())))
def test_clean_text_is_clean_and_can_be_encoded(text):
    clean = clean_text(text)

    assert clean_text(clean) == clean
    assert clean.encode().decode() == clean
