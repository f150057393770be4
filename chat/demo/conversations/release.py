from __future__ import annotations

from chat.demo.script import Scene, ago, answer, on, say

THE_ORDER = answer(
    """
    In this order. The first two can be done today, nothing is locked by them.

    - [x] Take a base backup, and note its size
    - [x] Add the column without a default
    - [ ] Fill it in batches of 5,000, with a pause between them
    - [ ] Build the index `CONCURRENTLY`, outside a transaction
    - [ ] Only then `SET NOT NULL`

    Who holds the lock, while you wait:

    ```sql
    SELECT a.pid, a.state, now() - a.query_start AS held_for, a.query
    FROM pg_locks l
    JOIN pg_stat_activity a USING (pid)
    WHERE l.relation = 'berths_booking'::regclass   -- and nothing else
    ORDER BY held_for DESC LIMIT 5;
    ```
    """,
    reasoning=(
        "The table has 41 million rows. A default on the new column would be fine since PostgreSQL 11, but the fill is "
        "not.\n\nThe question is about order, so I answer with a list first and the query second."
    ),
    earlier=(
        answer("First add the column, then fill it, then add the index.", waits=0.6),
        answer(
            "1. Add the column.\n2. Fill it.\n3. Add the index.\n\nFor the lock, look into `pg_locks`.",
            waits=0.5,
        ),
    ),
)

WAYS_BACK = answer(
    """
    Three ways, from the gentlest to the last resort:

    | Way | Time | What is lost | When |
    |---|--:|---|---|
    | Feature flag off | seconds | nothing | the new view misbehaves |
    | Deploy 2.3 again | 4 min | nothing, the schema fits both | the process misbehaves |
    | Restore the backup | 50 min | everything since the backup | the data is wrong |

    The second works because step 5 comes last: until `NOT NULL` is set, 2.3 can still write.
    """,
    waits=0.3,
)

ANNOUNCEMENT = answer(
    """
    ## Harbour 2.4

    **Bookings that overlap are seen before they are made.** The calendar asks as you type, and says whose berth it is.

    1. Tide times for 41 more ports
    2. Invoices in Polish and Estonian
    3. ~~A dark theme~~ *(moved to 2.5)*

    > Upgrading takes under a minute. Nobody has to sign in again.
    """,
    waits=0.7,
)

FOUR_DAYS_AGO = (
    say(
        "tomasz", "2.4 is branched: `release/2.4`. From here on only fixes, please, and each with a test.", key="branch"
    ),
    say("ci", "`release/2.4` build 1 passed: **1,204** tests in 3 min 11 s.", after=4),
    say("ines", "Nice. Invoices in Estonian are in, somebody who does *not* speak it should look for clipped words."),
    say("chidi", "That would be me. On it.", after=2),
    say("chidi", "“Tühistamistasu” does not fit into the button on a phone. Everything else is fine.", after=26),
    say("ines", "Ha. I make the button wider, the language will not change.", after=3),
    say(
        "ana", "@scribe write the announcement for 2.4 from what was said here and in general.", ANNOUNCEMENT, after=41
    ),
    say("ana", "Good start. The dark theme must not be in it at all, I take that line out.", after=3),
)

THREE_DAYS_AGO = (
    say("ci", "`release/2.4` build 7 **failed**: `test_a_berth_is_booked_once` (1 of 1,209)."),
    say("yuki", "見てみます。Looks like mine.", after=6),
    say(
        "yuki",
        """
        It was: the test compared two local times on the night the clocks go back. Fixed, with the hour in it:

        ```diff
        -    start = datetime(2025, 10, 26, 3, 30)
        +    start = datetime(2025, 10, 26, 3, 30, tzinfo=ZoneInfo("Europe/Tallinn"), fold=1)
             assert not overlaps(first, second)
        ```
        """,
        after=38,
    ),
    say("ci", "`release/2.4` build 8 passed: **1,210** tests in 3 min 14 s.", after=5),
    say("tomasz", "Every autumn.", after=1),
    say("ben", "Every autumn 🍂", after=0, reactions=("🍂 yuki ana",)),
)

YESTERDAY = (
    say(
        "ben",
        "The notes for 2.4 are up as a draft. Who has half an hour for them today?",
        reactions=("👀 ana mirjam", "🙌 tomasz"),
    ),
    say(
        "ben",
        "The part on migrations is the one I am unsure about. Does it say how long the table is locked?",
        draft="The part on migrations is the one I am unsure about.",
        key="lock",
    ),
    say(
        "mirjam",
        "It does not, so I measured it on a copy of our size. About **40 s** as `manage.py migrate` does it now, 0.2 s "
        "if the column comes without a default.",
        after=17,
        quotes="lock",
        draft="It does not, so I measured it. About 40 s as it is now, 0.2 s if the column comes without a default.",
        key="measured",
        files=("migrations-2.4.csv",),
        reactions=("👍 ben salma tomasz",),
    ),
    say("tomasz", "Forty seconds of nobody booking anything. No.", after=1),
    say(
        "ana",
        "@helper write me the safe order as a list we can tick off, and the query that shows who holds the lock.",
        THE_ORDER,
        after=3,
        key="order",
    ),
    say("mirjam", "That is what I would have written. Takes me longer, though.", quotes="order:answer", after=2),
    say("tomasz", "The password of the staging database is the old one, in case somebody", after=9, is_deleted=True),
    say("tomasz", "Sorry, wrong window. It is changed already.", after=1),
)

TODAY = (
    say(
        "salma",
        "أهلًا. جرّبت الخطوات كلها على خادم الاختبار، ونجحت في ٣٨ ثانية. بقي الفهرس فقط، سأبنيه بعد `manage.py check`.",
        reactions=("🎉 ana ben mirjam tomasz",),
    ),
    say("ana", "Thank you, Salma! Then we are nearly there.", after=6),
    say(
        "tomasz",
        "@ana one more for your list: how do we get back? @helper compare the ways in a short table.",
        WAYS_BACK,
    ),
    say(
        "ben",
        "@scribe and yesterday in five lines, for those who were at sea.",
        answer(
            """
            Yesterday in five lines:

            1. The notes for 2.4 are written, the part on migrations is being checked.
            2. Mirjam measured the lock: 40 s on a copy of our size, 0.2 s with the new
            """,
            status="stopped",
            stopped_by="ben",
        ),
        after=9,
    ),
    say("ben", "Never mind, Mirjam has it in the notes already."),
    say(
        "mirjam",
        "@house-docs what do we promise about Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz-"
        "Konformität, and is https://docs.harbour.example/operations/upgrades/what-we-promise-about-locks-and-time/of-migrations-that-"
        "take-longer-than-a-cup-of-tea#the-long-one still true?",
        answer(status="failed", error="timeout", error_detail="no byte within 60 s", waits=60),
        after=2,
    ),
    say(
        "chidi",
        "@scribe when is the freeze, and what is still open?",
        answer("Freeze is Thursday at noon, and the notes have to be", status="interrupted"),
        after=6,
    ),
    say("chidi", "I shall look into the calendar like an animal.", after=4, reactions=("😂 mirjam ana",)),
)

SCENES = (
    Scene(on(4, "10:05"), FOUR_DAYS_AGO),
    Scene(on(3, "08:40"), THREE_DAYS_AGO),
    Scene(on(1, "16:02"), YESTERDAY),
    Scene(ago(75), TODAY),
)
