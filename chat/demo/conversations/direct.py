"""What is said among few."""

from __future__ import annotations

from chat.demo.script import Scene, ago, answer, on, say

WITH_BEN = (
    Scene(
        on(2, "15:20"),
        (
            say("ben", "Do you have ten minutes for the release notes? I go round in circles."),
            say("ana", "At four. Bring the circles.", after=3),
            say("ben", "☕ and circles", after=0),
        ),
    ),
    Scene(
        ago(40),
        (
            say("ana", "How is the announcement?"),
            say("ben", "Almost. I left out the part about the pyjamas.", after=6),
            say("ben", "For now.", after=0),
        ),
    ),
)

WITH_SALMA = (
    Scene(
        on(1, "10:00"),
        (
            say("salma", "هل يمكنني أخذ يوم الإثنين إجازة؟ ليلة الإنذار كانت طويلة."),
            say("ana", "Of course, and Tuesday morning too. شكرًا على كل شيء!", after=4),
            say("salma", "شكرًا جزيلًا 🌙", after=1),
        ),
    ),
)

WITH_TOMASZ = (
    Scene(
        on(3, "11:11"),
        (
            say("tomasz", "Żurek jutro? The small place, not the loud one."),
            say("ana", "Tak! I bring Noa, she has never had it.", after=9),
        ),
    ),
)

WITH_MIRJAM = (
    Scene(
        on(5, "14:45"),
        (
            say(
                "mirjam", "You asked about the fair: [the hall plan](https://fair.harbour.example/halls/3?stand=B-17)."
            ),
            say("ana", "B-17 is beside the waffles. Perfect.", after=20),
        ),
    ),
)

THE_FOUR = (
    Scene(
        on(2, "13:05"),
        (
            say("yuki", "The three of you for lunch at one? I have a table and a theory."),
            say("ben", "I have a fork.", after=1),
            say("tomasz", "Coming.", after=1),
            say("ana", "Two minutes.", after=1),
        ),
    ),
)

WITH_HELPER = (
    Scene(
        on(3, "09:20"),
        (
            say(
                "ana",
                "Explain to me, as to somebody who last did statistics at school: what is a p95?",
                answer(
                    """
                    Line up a hundred requests by how long they took.

                    The **p95** is the time of the ninety-fifth: five were slower, the others quicker.

                    - The *mean* tells you about a request nobody made.
                    - The *p95* tells you what your impatient customers see.

                    With a few numbers:

                    ```js
                    const times = [12, 14, 15, 15, 16, 18, 21, 25, 90, 1400];
                    const p95 = times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1];
                    console.log(p95); // 1400, while the mean is 163
                    ```
                    """,
                    reasoning="School statistics: they know mean and median. So start from lining things up.",
                ),
            ),
            say(
                "ana",
                "That I understood. And why not p100?",
                answer(
                    "Because the slowest of all is nearly always an accident: a lost connection, a closed laptop. It "
                    "says more about the world than about your program."
                ),
                after=4,
            ),
        ),
    ),
    Scene(
        ago(35),
        (
            say(
                "ana",
                "Make this friendlier: “The system will not be available on Thursday from 12:00 to 12:15 due to "
                "maintenance.”",
                answer(
                    "> On Thursday at noon we put Harbour 2.4 in place. For **a quarter of an hour** nothing can be "
                    "booked; what you have booked stays where it is. At 12:15 we are back, with tide times "
                    "for 41 more ports.",
                    earlier=(
                        answer("Dear users, please note that Harbour will be unavailable. Thank you!", waits=0.5),
                    ),
                ),
            ),
        ),
    ),
)

WITH_SCRIBE = (
    Scene(
        on(4, "16:00"),
        (
            say(
                "ana",
                "What did I promise this week?",
                answer(
                    """
                    Four things, as far as I have seen:

                    1. Two people for the feeds (**done**: Salma and Tomasz)
                    2. Dates in the handbook (**done**)
                    3. An opinion on the phone page, for Ines
                    4. Cake on Friday
                    """
                ),
            ),
        ),
    ),
)

WITH_HOUSE_DOCS = (
    Scene(
        on(6, "10:40"),
        (
            say(
                "ana",
                "How long do we keep logs?",
                answer("Thirty days, then they are deleted. The page *What we keep* says so, and why.", waits=1.3),
            ),
            say(
                "ana",
                "And what do we say about photographs in berth 17?",
                answer(
                    "Nothing that I can find",
                    status="failed",
                    error="network",
                    error_detail="connection reset by peer",
                ),
                after=2,
            ),
        ),
    ),
)
