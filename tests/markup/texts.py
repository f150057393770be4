"""Texts to render, and the people in them."""

from hypothesis import strategies as st

from chat.markup import Mentioned

ANA = Mentioned(7, "ana", is_assistant=False)
HELPER = Mentioned(9, "helper", is_assistant=True)
DOTTED = Mentioned(11, "b.e_n-", is_assistant=False)
PEOPLE = {person.name: person for person in (ANA, HELPER, DOTTED)}

ANSWER = """\
## How to go back

There are **three ways**, from the *gentlest* to the `last resort`; ~~two~~ none is [free](https://example.org/a_(b)).

1. Switch the flag off
2. Deploy the **old** version:

   ```bash
   deploy --version 2.3
   ```

3. Restore
   - takes long
   - loses _everything_ since

| Way | Time | Lost |
|:----|-----:|------|
| Flag | `1 s` | nothing |
| Backup | 50 min | **all** |

> Nobody likes the last one.

- [x] written down
- [ ] tried

```python
def back(version: str) -> None:
    raise NotImplementedError("**no** mark")
```

Ask @helper, or read https://example.org/back_out.
"""

SNIPPETS = (
    *(
        "word ",
        "some words",
        "\n",
        "\n\n",
        "\n\n\n",
        " ",
        "    ",
        "\t",
        ".",
        "é",
        "\u00a0",
        "\r\n",
        "\r",
        "\x00",
        "\u2028",
    ),
    *(
        "*",
        "**",
        "***",
        "_",
        "__",
        "~~",
        "~",
        "`",
        "``",
        "\\",
        "\\*",
        "[",
        "]",
        "(",
        ")",
        "![",
        "](",
        "<",
        ">",
        "&",
        "&amp;",
    ),
    *(
        "**bold**",
        "*em*",
        "_em_",
        "`code`",
        "~~gone~~",
        "[a](http://x.y)",
        "![a](http://x.y/z.png)",
        "<b>",
        "</p>",
        "<!--",
    ),
    *(
        "http://x.y/a_b",
        "https://",
        "<http://a.b>",
        "a@b.c",
        "@ana",
        "@helper",
        "@b.e_n-",
        "@nobody",
        "javascript:alert(1)",
    ),
    *(
        "\n- item",
        "\n  - below",
        "\n    more",
        "\n1. one",
        "\n2. two",
        "\n* ",
        "\n+ x",
        "\n-",
        "\n---",
        "\n===",
        "\n# head",
    ),
    *(
        "\n> quote",
        "\n>",
        "\n```python\n",
        "\n```\n",
        "\n~~~\n",
        "\n  ```\n",
        "\n| a | b |\n|---|:-:|\n",
        "| 1 | 2 |\n",
        "|",
    ),
    *(
        "\n- [ ] todo",
        "\n- [x] done",
        "[1]",
        "[a][1]",
        "x = 1  # code\n",
        "1986",
        "2.",
        "*" * 9,
        "`" * 9,
        " " * 210,
        "-" * 210,
    ),
    ANSWER,
)

markdown = st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=5), max_size=25).map("".join)
plain_text = st.lists(
    st.sampled_from(
        ("word", " ", "\n", "\n\n", " \n \n", "@ana", "@helper.", "@b.e_n-", "http://x.y/_a_*b*", "(http://x.y)", "<")
    )
    | st.text(alphabet="ab .,;:!?\"'&@/#=\n\t\u00a0é()-+1", max_size=6),
    max_size=20,
).map("".join)


@st.composite
def in_parts(draw: st.DrawFn, texts: st.SearchStrategy[str] = markdown) -> list[str]:
    """A text, cut anywhere."""
    text = draw(texts)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=30)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
