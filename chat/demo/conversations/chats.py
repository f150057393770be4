"""What Ana asks when nobody else reads along."""

from __future__ import annotations

from chat.demo.script import Scene, ago, answer, on, say

LETTER = (
    Scene(
        on(2, "08:50"),
        (
            say(
                "ana",
                "A letter to the landlord about the lift. Polite, but he should feel it.",
                answer(
                    """
                    Dear Mr Visser,

                    for eleven days the lift has been resting on the second floor. We are glad it is comfortable.

                    Our printer, our guests and Noa's knee are not.

                    Please let us know by **Friday** when it will run again, and send the repair plan along.

                    Kind regards, Ana Ruiz, Harbour House
                    """,
                    waits=0.7,
                ),
            ),
            say(
                "ana",
                "Shorter, without the knee.",
                answer(
                    """
                    Dear Mr Visser,

                    the lift has stood still for eleven days. Please tell us by **Friday** when it will run again.

                    Kind regards, Ana Ruiz
                    """
                ),
                after=2,
            ),
        ),
    ),
)

SHADE = (
    Scene(
        on(1, "12:35"),
        (
            say(
                "ana",
                "What grows in shade? The courtyard gets an hour of sun, at most.",
                answer(
                    """
                    | plant | height | water |
                    |---|---|---|
                    | male fern | 90 cm | often |
                    | hosta | 50 cm | often |
                    | ivy | as it likes | seldom |

                    Start with the ferns: they forgive most.
                    """,
                    reasoning="An hour of sun is deep shade. Dry or moist is not said; a courtyard is usually dry.",
                    waits=3.1,
                ),
            ),
        ),
    ),
)

NUMBERS = (
    Scene(
        ago(75),
        (
            say(
                "ana",
                "Sum this up for the board: 41 tickets in, 38 closed, 2 of the rest wait for a vendor.",
                answer("In: 41. Closed: 38, so 93 %. Open: 3, of which 2 are not ours to close.", waits=0.5),
            ),
        ),
    ),
)
