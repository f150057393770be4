import pytest

from chat.markup import code


def test_a_lexer_that_says_things_twice_paints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pygments' one for HCL tells the rest of the text again for each heredoc that is not closed."""
    monkeypatch.setattr(code, "LANGUAGES", code.LANGUAGES | {"hcl"})

    assert "<span" in code.painted("a = true\n", "hcl")
    assert code.painted("<<E\n,\n" * 15, "hcl") == "&lt;&lt;E\n,\n" * 15


@pytest.mark.parametrize("language", sorted(code.LANGUAGES))
def test_what_is_never_closed_is_told_once(language: str) -> None:
    for opening in ("<<E\n", "<<'E'\n", "<<-E\n", '"""\n', "{{\n", "`\n", "$(\n", "<script>\n", '@"\n', 'R"x(\n'):
        told = "".join(text for _, text in code._tokens(language, f"{opening},\n" * 15))

        assert told == f"{opening},\n" * 15
