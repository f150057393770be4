"""How long the slowest texts take: `python bench/hostile_markdown.py [--fuzz SECONDS] [--smoke]`.

Each text is 32 KB, twice what a person may write. The goal is 100 ms for every one of them.
What is printed is the processor's time, so that other work on the machine does not count.
"""

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.goals import Reached, note
from chat.markup import Mentioned, render
from chat.markup.code import LANGUAGES, PAINT_LIMIT

LENGTH = 32_000
PEOPLE = {"ana": Mentioned(7, "ana", is_assistant=False), "helper": Mentioned(9, "helper", is_assistant=True)}

ATOMS = (
    *"[](){}<>*_~`|!#>-+=:.@&\\/\"' \n\t1ax",
    *("**", "__", "~~", "***", "``", "```", "~~~", "![", "](", "][", "[ ]", "- ", "1. ", "> ", "\n\n", "  ", "    "),
    *("http://", "https://a.b/", "<http://", "a@b.c", "@ana", "@helper", "&amp;", "&#", "<!--", "<b ", "](http://x)"),
    *("|-|", "|a|", "\n|", "\n- ", "\n> ", "\n```\n", "\n# ", "\n---\n", " *a", "a* ", " _a", "a_ ", "*a*", "_a_"),
    *("[a]: http://x\n", "[a]", "(a", "a)", "\\*", "\\`", "x" * 50, " " * 50, "\n1. ", "```python\n", "\u00a0", "é"),
)
CODE = (
    *('"', "'", "(", "{", "<", "/*", "a ", "\\", "$", "#", "f'{", "<a ", "0", "=", "x" * 30, "\n", "a.", "&", "`"),
    *("!", "]<", "/*&", "[=", "<?php", "<<EOF", "${", "a: ", ";\n@", "- [", "r#", "a_ ", "#{", "e", "'" * 3, '"' * 3),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fuzz", type=float, default=0, metavar="SECONDS", help="look for worse texts at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--smoke", action="store_true", help="a few texts only: does it run at all?")
    parser.add_argument("--most", type=int, default=0, help="print only so many")
    options = parser.parse_args()
    chosen = list(texts().items())[:: 100 if options.smoke else 1]
    timings = sorted(((milliseconds(text), name) for name, text in chosen), reverse=True)
    for duration, name in timings[: options.most or None]:
        print(f"{duration:8.1f} ms  {name}")
    (worst, what), *_ = timings
    note([Reached(key="hostile", figure=f"{worst:.0f} ms CPU ({what}; {len(chosen)} texts)", is_met=worst <= 100)])
    typical()
    if options.fuzz:
        fuzz(options.fuzz, random.Random(options.seed))


def texts() -> dict[str, str]:
    """One text per way known to be slow."""
    found = {f"{atom!r} repeated": fill(atom) for atom in ATOMS}
    found |= {f"{atom!r} and a word": fill(f"{atom}a ") for atom in ATOMS}
    found |= {f"{atom!r} on its own line": fill(f"{atom}\n") for atom in ATOMS}
    found |= {f"paragraphs of {atom!r}": fill(f"a{atom}a\n\n") for atom in ATOMS}
    found |= {
        f"code in {name}, {atom!r}": f"```{name}\n{lines_of(atom)}\n```" for name in sorted(LANGUAGES) for atom in CODE
    }
    return found | shapes()


def shapes() -> dict[str, str]:
    """What no repetition makes."""
    nested = "\n".join("  " * depth + "- a" for depth in range(180))
    ticks = " ".join("`" * length + "a" for length in range(1, 250))
    table = "|".join("a" * 400) + "\n" + "|".join("-" * 400) + "\n" + fill("|\n")
    return {
        "lists 180 deep": nested,
        "quotes 16,000 deep": fill("> "),
        "runs of backticks, all different": ticks,
        "openers, then closers": fill("*a ")[: LENGTH // 2] + fill("a* ")[: LENGTH // 2],
        "brackets opened, then closed": "[" * (LENGTH // 2) + "]" * (LENGTH // 2),
        "parentheses in an address": "[a](http://x" + "(" * (LENGTH // 2) + ")" * (LENGTH // 2),
        "a table of 400 columns": table,
        "a table of 2 columns": "a|b\n-|-\n" + fill("*a*|b\n"),
        "an address that ends in brackets": "http://x" + ")" * LENGTH,
        "definitions": "".join(f"[a{number}]: http://x/{number}\n" for number in range(1500)),
        "definitions in use": "[a]: http://x\n\n" + fill("[a] "),
        "an open fence": "```\n" + fill("a\n"),
        "fences": fill("```python\nx = 1\n```\n"),
        "fences in a list": fill("- a\n  ```python\n  x = 1\n  ```\n"),
        "one long word": "x" * LENGTH,
        "white space": "a" + " " * LENGTH + "b",
        "white space in a link": "[a](" + " " * LENGTH,
    }


def typical() -> None:
    words = "Hello everybody, this is a message of about three hundred characters as people type them. " * 3
    for name, text in (("plain", f"{words}@ana http://x.y"), ("marked up", f"{words}**bold** `code` @ana http://x.y")):
        print(f"{milliseconds(text, 200) * 1000:8.0f} µs  a typical message of {len(text)} characters, {name}")


def fuzz(seconds: float, dice: random.Random) -> None:
    """Print each text that is slower than all before it."""
    slowest, until = 0.0, time.monotonic() + seconds
    while time.monotonic() < until:
        atoms = [dice.choice(ATOMS) for _ in range(dice.randint(1, 6))]
        text = fill("".join(atoms)) if dice.random() < 0.8 else "".join(dice.choices(atoms, k=LENGTH // 3))[:LENGTH]
        if (duration := milliseconds(text)) > slowest:
            slowest = duration
            print(f"{duration:8.1f} ms  {atoms!r}", flush=True)


def fill(atom: str) -> str:
    return (atom * (LENGTH // len(atom) + 1))[:LENGTH]


def lines_of(atom: str) -> str:
    """Code of a length and with lines that are still painted."""
    text = fill(atom)
    return "\n".join(text[start : start + 280] for start in range(0, PAINT_LIMIT // 3, 280))


def milliseconds(text: str, times: int = 1) -> float:
    start = time.thread_time()
    for _ in range(times):
        render(text, PEOPLE)
    return (time.thread_time() - start) / times * 1000


if __name__ == "__main__":
    main()
