"""What is measured of replies: who asks how much, how fast it is written, and how many watch."""

from __future__ import annotations

from dataclasses import dataclass

FRAME = '{"type":"message.send","text":"%s rate=%d %s=%d"}'


@dataclass(frozen=True, slots=True)
class Scene:
    """``questions`` are asked, ``in_flight`` at a time, by one viewer of each room; each is answered ``each`` times."""

    name: str
    viewers: int
    rooms: int
    questions: int
    in_flight: int
    each: int
    rate: int
    tokens: int
    warm_up: int = 0

    @property
    def replies(self) -> int:
        return self.questions * self.each

    @property
    def frame(self) -> str:
        names = " ".join(f"@writer{number}" for number in range(self.each))
        return FRAME % (names, self.rate, "tokens", self.tokens)

    @property
    def question(self) -> str:
        """As a bare client asks it."""
        return f"rate={self.rate} tokens={self.tokens}"

    @property
    def options(self) -> tuple[object, ...]:
        """Of `wswatch`."""
        count = ("-n", self.viewers, "-R", self.rooms, "-m", self.questions, "-u", self.warm_up)
        return (*count, "-w", self.in_flight, "-e", self.each, "-s", self.tokens, "-T", self.frame)


@dataclass(frozen=True, slots=True)
class Size:
    """How long all of it takes."""

    first_questions: int
    seconds: int
    crowd: int
    replies: int
    at_once: int
    characters: int

    @property
    def scenes(self) -> tuple[Scene, ...]:
        asked, long = self.first_questions, self.seconds * RATE
        few = min(5, self.replies)
        return (
            Scene(FIRST, 1, 1, asked, 1, 1, RATE, 20, warm_up=3),
            Scene(FIRST_CROWD, self.crowd, 1, asked, 1, 1, RATE, 20, warm_up=3),
            Scene(ONE, 1, 1, 1, 1, 1, RATE, long, warm_up=1),
            Scene(ONE_CROWD, self.crowd, 1, 1, 1, 1, RATE, long, warm_up=1),
            Scene(TEN, self.crowd, 1, self.replies // few, self.replies, few, RATE, long),
            Scene(HUNDRED, self.at_once, self.at_once, self.at_once, self.at_once, 1, RATE, long),
        )

    @property
    def people(self) -> int:
        return max(self.crowd, self.at_once)


RATE = 50  # tokens a second
PACES = (50, 180, 1000)  # of the long reply whose bytes are counted
FIRST, FIRST_CROWD = "first token", "first token, a crowd"
ONE, ONE_CROWD = "one reply", "one reply, a crowd"
TEN, HUNDRED = "ten replies", "a hundred replies"

FULL = Size(first_questions=25, seconds=12, crowd=200, replies=10, at_once=100, characters=60_000)
SMOKE = Size(first_questions=2, seconds=1, crowd=6, replies=2, at_once=4, characters=2_000)
