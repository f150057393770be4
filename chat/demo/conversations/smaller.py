"""The rooms in which less is said."""

from __future__ import annotations

from chat.demo.script import Scene, answer, on, say

PEOPLE = (
    Scene(
        on(4, "09:30"),
        (
            say("ana", "Two things for this round: Arjun's first month, and who goes to the fair in Gdańsk."),
            say("mirjam", "Arjun: I hear only good things, and he asks before he breaks something.", after=8),
            say("ben", "Gdańsk: Tomasz, obviously. And one who does *not* come from there.", after=4),
            say(
                "ana",
                "@scribe note as tasks: talk with Arjun on Monday, rooms for two in Gdańsk, a budget by Friday.",
                answer(
                    """
                    - [ ] Talk with Arjun on Monday (Ana)
                    - [ ] Two rooms in Gdańsk, for three nights (Ben)
                    - [ ] A budget by Friday (Mirjam)
                    """
                ),
                after=9,
            ),
            say("mirjam", "The budget is in the usual place.", after=200),
        ),
    ),
)

ARCHITECTURE = (
    Scene(
        on(5, "12:00"),
        (
            say("noa", "שלום לכולם. כאן מדברים על תוכניות, היתרים ומה שנשאר מהקיר."),
            say(
                "noa",
                "התוכנית החדשה של הרציף המזרחי: 32 עגינות, ושביל רחב יותר לעגלות.",
                after=2,
                key="plan",
                files=("quay-east-v3.png", "plan-v3.dxf"),
            ),
            say("ana", "I read it with a dictionary and a lot of joy. Is the wall on the left the old one?", after=14),
            say("noa", "כן, הקיר הישן נשאר. ראו `plan-v3.dxf`, שכבה **walls**.", after=6, quotes="plan"),
            say(
                "noa",
                "@helper מה צריך לבדוק לפני שמגישים את הבקשה להיתר?",
                answer(
                    """
                    לפני ההגשה כדאי לבדוק:

                    1. **מידות** – כל העגינות לפי התקן, כולל `minimum clear width` של 3.5 מ׳
                    2. **ניקוז** – לאן זורמים המים כשיש גאות
                    3. **נגישות** – שיפוע השביל עד 5%

                    > בקשה שחסר בה עמוד אחד חוזרת לסוף התור.
                    """
                ),
                after=3,
            ),
        ),
    ),
    Scene(
        on(1, "09:10"),
        (
            say("noa", "ההיתר הגיע! 🎉"),
            say("salma", "مبروك!", after=2),
            say("ben", "Mazel tov!", after=1),
        ),
    ),
)

ODDS_AND_ENDS = (
    Scene(
        on(3, "12:20"),
        (
            say("yuki", "Today I learnt that a group of lighthouses has no name."),
            say("ben", "A *blink* of lighthouses.", after=1),
            say("salma", "A *warning*.", after=2),
            say("ines", "A **solitude**.", after=1),
            say("ana", "Ines wins.", after=0),
            say("arjun", "🏆🏆🏆", after=1),
        ),
    ),
    Scene(
        on(1, "17:40"),
        (
            say("ben", "Has anybody seen a grey umbrella? It has *Port of Rotterdam* on it.", key="umbrella"),
            say("mirjam", "It is mine, it is on my hook, and it is going to stay there.", after=4, quotes="umbrella"),
            say("ben", "A different one, then!", after=1, is_deleted=True),
        ),
    ),
)

RUNNING = (
    Scene(
        on(9, "06:05"),
        (
            say("tomasz", "6:30 at the bridge. Eight kilometres, slowly, and that is a promise."),
            say("yuki", "You said “slowly” last time.", after=5),
            say("chidi", "My legs remember.", after=2),
        ),
    ),
)

TYPOGRAPHY = (
    Scene(
        on(12, "10:00"),
        (
            say("ines", "A small room for those who see the difference between – and —."),
            say("mirjam", "There are people who do not?", after=31),
        ),
    ),
)

REGATTA = (
    Scene(
        on(60, "09:00"),
        (
            say("chidi", "Three boats, eleven people, one cool box. Who is on which?"),
            say(
                "chidi",
                """
                | Boat | Crew |
                |---|---|
                | *Tern* | Ana, Tomasz, Noa, the cool box |
                | *Gannet* | Ben, Salma, Yuki, Ines |
                | *Old Potato* | Mirjam, Chidi, and whoever asks |
                """,
                after=18,
            ),
            say("ana", "We shall be overtaken by a potato.", after=3),
        ),
    ),
    Scene(
        on(57, "18:00"),
        (
            say("ana", "We were overtaken by a potato."),
            say("mirjam", "🥔🏁", after=1),
            say("chidi", "I close this room while we lead.", after=2),
        ),
    ),
)
