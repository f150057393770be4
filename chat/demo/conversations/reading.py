from __future__ import annotations

from chat.demo.script import Scene, answer, on, say

SCENES = (
    Scene(
        on(8, "15:00"),
        (
            say("noa", "This fortnight's paper: *Time, Clocks, and the Ordering of Events in a Distributed System*."),
            say("yuki", "1978, and still the best explanation of why my watch is wrong.", after=11),
            say(
                "noa",
                "@helper what is the one idea, for people who read it on the tram?",
                answer(
                    """
                    That **order does not need time**.

                    > “Happened before” is what one event could have told another.

                    So each process counts, sends its count along, and takes the larger one, plus one:

                    ```go
                    func (c *Clock) Receive(theirs uint64) uint64 {
                        c.now = max(c.now, theirs) + 1
                        return c.now
                    }
                    ```

                    Everything else in the paper follows from that one line.

                    [The paper](https://lamport.azurewebsites.net/pubs/time-clocks.pdf) has no equation that bites.
                    """,
                    reasoning="One idea, not a summary: the partial order. The algorithm is an illustration of it.",
                    waits=0.8,
                ),
                after=5,
            ),
            say("tomasz", "I have read it on the tram and missed my stop. Recommended.", after=240),
        ),
    ),
    Scene(
        on(2, "16:30"),
        (
            say("arjun", "May I propose the next one? Something on tries, with pictures."),
            say("noa", "With pictures always.", after=3),
        ),
    ),
)
