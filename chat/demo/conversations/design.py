from __future__ import annotations

from chat.demo.script import Scene, ago, answer, on, say

SIX_DAYS_AGO = (
    say("ines", "The calendar has eleven greys. Eleven. I counted them with a pipette."),
    say("mirjam", "Which of them do we need?", after=2),
    say("ines", "Three: ink, pencil, fog.", after=1, key="greys"),
    say(
        "ines",
        """
        ```css
        :root {
          --ink: light-dark(oklch(24% 0.01 160), oklch(93% 0.01 160));
          --pencil: light-dark(oklch(48% 0.01 160), oklch(72% 0.01 160));
          --fog: light-dark(oklch(94% 0.005 160), oklch(27% 0.005 160));
        }
        ```
        """,
        after=7,
    ),
    say("ana", "Names instead of numbers, thank you. I can hear which one is meant.", quotes="greys", after=4),
    say("yuki", "墨・鉛筆・霧。いいですね。", after=12),
)

TWO_DAYS_AGO = (
    say("ben", "Nobody finds the button for a second berth. I watched four people, and all four went to *Settings*."),
    say("ben", "One of them was me.", after=0),
    say("ines", "Because it looks like a caption. What if it says what it does?", after=5),
    say(
        "ines",
        """
        Three ways to say it, please vote by the number:

        1. **Add another berth**
        2. **Book one more**
        3. ~~**+**~~ (no, not again)
        """,
        after=6,
    ),
    say("noa", "1", after=1),
    say("chidi", "1", after=1),
    say("salma", "١", after=1),
    say("tomasz", "2, but I see which way the wind blows", after=2),
    say(
        "ines",
        "@helper is “Add another berth” short enough for a button in Dutch and Polish?",
        answer(
            """
            It is:

            - **Nog een ligplaats toevoegen** – 27 characters, the longest of ours
            - **Dodaj kolejne miejsce** – 21 characters

            At 320 px the Dutch one needs two lines. “Nog een ligplaats” (17) says the same.
            """,
            reasoning="Short enough depends on the width. The button has 240 px at 15 px type, about 30 characters.",
        ),
        after=4,
    ),
    say("mirjam", "“Nog een ligplaats” is what I would say aloud. Take that one.", after=3),
)

TODAY = (
    say(
        "ines",
        "New pictures of the booking page are up. @ana the phone one is for you: is the price where a thumb looks?",
        files=("booking-phone.png", "booking-desk.png"),
    ),
    say(
        "ines",
        "https://design.harbour.example/file/9f3kQ2mXw7/booking-page-autumn?node=1204-77&mode=compare&theme=light,dark&width"
        "=390,1280&scale=2#the-third-frame-from-the-left",
        after=0,
    ),
    say("yuki", "The shadow under the sheet is gone on the second one. On purpose?", after=16),
    say("ines", "On purpose. It looked like rain.", after=1),
    say(
        "ben", "@ana and @ines can we use the word *slip* for a berth? The Americans ask for it.", after=22, key="slip"
    ),
    say("ines", "In English (US) only, then. One word per language, not two.", after=4, quotes="slip"),
)

SCENES = (Scene(on(6, "14:10"), SIX_DAYS_AGO), Scene(on(2, "10:30"), TWO_DAYS_AGO), Scene(ago(130), TODAY))
