"""The room with a long past, for scrolling: many days of small talk, put together from what is said in kitchens."""

from __future__ import annotations

import random
from collections.abc import Iterator

from chat.demo.people import EVERYBODY
from chat.demo.script import Line, Scene, on, say

DAYS = 18
EXCHANGES_PER_DAY = 5
FIRST_HOUR = 8  # one exchange every two hours from here on

DISHES = (
    "lentil soup", "żurek", "shakshuka", "miso soup", "jollof rice", "verivorst", "erwtensoep", "maqluba",
    "masala dosa", "lasagne", "potato salad", "pierogi", "ramen", "hummus", "black bread with things on it",
)  # fmt: skip
CAKES = ("apple cake", "sernik", "stroopwafels", "kringel", "basbousa", "chin chin", "dorayaki", "rugelach", "barfi")
THINGS = ("the big pot", "the good knife", "the blue mug", "the lid of the green box", "the bread bin", "the corkscrew")
PLACES = ("on the window sill", "behind the kettle", "in the meeting room, of all places", "in the wrong drawer")

# {a}, {b} and {c} are three different people.
EXCHANGES = (
    (
        "There is {dish} on the stove, for six or for two hungry ones.",
        "Coming!",
        "Save me a bowl, I am in a call until half past.",
        "One bowl is saved and has your name on it, @{c}.",
    ),
    ("Who has seen {thing}?", "It was {place} this morning.", "Found it, {place}. Thank you!"),
    (
        "I brought {cake}. It is {place}.",
        "*Was* {place}.",
        "That took eleven minutes. A record?",
        "Nine, last spring. You were not here yet.",
    ),
    (
        "The milk is at its end.",
        "Which one? There are four kinds.",
        "All four.",
        "I go to the shop. Anything else?",
        "Oats, lemons, and {dish} if they have it 🙂",
    ),
    ("Whoever left {thing} in the sink: it misses you.", "Guilty. Two minutes.", "👏"),
    ("Ten minutes of air? There is a free table {place}.", "Yes.", "Yes, and I bring {cake}."),
    (
        "The dishwasher says **E15** again.",
        "Tilt it a little to the left. Really.",
        "It hums. I do not want to know why.",
        "It is in the list of things that hum now.",
    ),
    ("Is the {dish} for everybody?", "For everybody who washes up.", "I wash up."),
    ("Coffee?", "Coffee.", "☕☕☕"),
    (
        "Recipe for yesterday's {dish}, as three people asked:\n\n1. Onions, *slowly*\n2. Everything else\n3. Wait",
        "Step 2 is a bit short.",
        "Step 3 is the one that matters.",
    ),
    ("The fridge is emptied tonight. What has no name goes.", "The {dish} is mine!", "Then write it on it, @{b}."),
    ("Somebody has watered the basil. Thank you, whoever it was.", "It looked at me.", "It looks at everybody."),
)


def scenes() -> tuple[Scene, ...]:
    """The same ones each time."""
    chance = random.Random("kitchen")
    exchanges = _in_turn(chance)
    return tuple(
        Scene(
            on(day, f"{FIRST_HOUR + 2 * number:02}:{chance.randrange(60):02}"),
            tuple(_said(next(exchanges), chance)),
        )
        for day in range(DAYS, 0, -1)
        for number in range(EXCHANGES_PER_DAY)
    )


def _in_turn(chance: random.Random) -> Iterator[tuple[str, ...]]:
    """For ever, and all of them before one comes again."""
    while True:
        yield from chance.sample(EXCHANGES, len(EXCHANGES))


def _said(exchange: tuple[str, ...], chance: random.Random) -> Iterator[Line]:
    people = chance.sample([name for name in EVERYBODY if name != "ana"], 3)
    words = {
        "dish": chance.choice(DISHES),
        "cake": chance.choice(CAKES),
        "thing": chance.choice(THINGS),
        "place": chance.choice(PLACES),
        **dict(zip("abc", people, strict=True)),
    }
    for number, text in enumerate(exchange):
        yield say(people[number % 3], text.format(**words), after=chance.choice((0, 1, 1, 2, 6)))
