from __future__ import annotations

from chat.demo.script import Scene, ago, answer, on, say

HANDBOOK = """
# What we learnt in the storm week

Written down while it still hurts, so that the next one is boring.

## What happened

One night at 03:12 the gauge at the outer mole began to send `NaN`. The importer took it for zero, zero is “no water”, \
and 212 harbours were told that their boats lie dry. Eleven harbour masters rang. One drove there in his pyjamas.

## What went well

- The rota worked: Salma answered after **four minutes**, in the middle of the night, from a train.
- The banner was up before the third call, in all seven languages.
- Nobody looked for somebody to blame.

## What did not

1. There was no limit for what a gauge may say. *Any* number was believed.
2. The page for staff showed the same wrong number as everybody's, so nobody could compare.
3. Our own runbook said “restart the importer”. It was restarted nine times:

   ```console
   $ journalctl -u importer --since 03:00 | grep -c Started
   9
   ```

4. The people who could switch the feed off were both on the same ferry.

## What we change

| What | Who | Until |
|---|---|---|
| A gauge that jumps by more than 2 m in 10 min is *asked again* | Yuki | done |
| Raw and shown values side by side for staff | Ines | done |
| The runbook begins with “look”, not with “restart” | Mirjam | this week |
| Two people who can switch off a feed, **never on the same boat** | Ana | today |

## And a word

> A calm sea never made a skilled sailor, but it makes a rested one.

Thank you all. There is cake on Friday, and it is not from the machine.
"""

FIVE_DAYS_AGO = (
    say(
        "ana",
        "Good morning! Arjun starts today: he will look after search, and he can juggle. Say hello 👋",
        reactions=("👋 ben yuki noa salma", "🤹 mirjam"),
    ),
    say("arjun", "Hello everybody! Only three balls, the fourth is a rumour.", after=3),
    say("ben", "Welcome!", after=1),
    say("yuki", "ようこそ！", after=0),
    say("noa", "ברוך הבא ארג׳ון!", after=1),
    say("salma", "أهلًا وسهلًا 🌙", after=1),
    say(
        "arjun",
        "@helper how do I get the house running on my machine?",
        answer(
            """
            Three commands, and the first is the slow one:

            ```bash
            git clone https://git.harbour.example/harbour.git && cd harbour
            make setup        # ten minutes, have a tea
            make run          # http://127.0.0.1:8000
            ```

            If `make setup` complains about **libpq**, ask @mirjam: everybody does.
            """
        ),
        after=12,
    ),
    say("mirjam", "They do. I have a sticker for it.", after=2),
    say("arjun", "It complained about libpq.", after=14),
    say("mirjam", "🏅", after=0),
)

THREE_DAYS_AGO = (
    say("chidi", "The notes of the storm week, as promised. Long, but read them to the end.", key="storm"),
    say("chidi", HANDBOOK, after=2, key="handbook"),
    say("noa", "תודה צ׳ידי. הטבלה בסוף היא בדיוק מה שחסר לנו.", after=21, quotes="handbook"),
    say("ines", "The pyjamas are true, by the way. He sent a picture.", after=4),
    say("ana", "Two people for the feeds: Salma and Tomasz, as of now. I take the ferries.", after=35),
)

YESTERDAY = (
    say("ines", "Does anybody have an opinion on how we write dates in letters to customers?"),
    say("ben", "ISO or nothing: `2026-03-04`.", after=1),
    say("yuki", "Year, month, day: that is how Tokyo writes it. ISO with a smile.", after=1),
    say(
        "noa",
        "As they do where the letter goes. @helper show the same day for our seven languages?",
        answer(
            """
            The fourth of March, as people there would write it:

            | Language | In a sentence | Short |
            |:--|:--|--:|
            | English | 4 March | 04/03 |
            | Nederlands | 4 maart | 04-03 |
            | Polski | 4 marca | 04.03 |
            | Eesti | 4. märts | 04.03 |
            | Suomi | 4. maaliskuuta | 4.3. |
            | עברית | 4 במרץ | 4.3 |
            | العربية | ٤ مارس | ٤/٣ |

            The short forms contradict each other, so I would always spell out the month.
            """
        ),
        after=2,
    ),
    say("ben", "I withdraw. Spelled out it is.", after=3),
    say("tomasz", "@ana can you note this in the handbook?", after=1),
    say("ana", "Done: [how we write dates](https://docs.harbour.example/handbook/words#dates).", after=30),
)

TODAY = (
    say("ben", "The coffee machine says *Entkalken* again and does not take no for an answer."),
    say("ines", "There is a button on its back. You have to mean it.", after=2),
    say("ben", "It worked. I meant it.", after=5, reactions=("☕ ines ana",)),
    say("arjun", "Search by boat name is on staging: umlauts, ł and ō find their plain letters now.", after=18),
    say("arjun", "And the other way round.", after=0),
    say("tomasz", "It finds „Łódź” if I type `lodz`. It even finds my *boat*.", after=3),
    say("salma", "والعربية أيضًا؟", after=2),
    say("arjun", "With and without the hamza, yes. Please try to break it.", after=2),
    say("salma", "لم أستطع كسره. أحسنت!", after=9, reactions=("❤️ arjun",)),
    say(
        "chidi",
        "@house-docs where do I enter a day off?",
        answer(
            "In the calendar **people**, as an all-day event with your name first: `Chidi, off`. "
            "Three days ahead is enough; for more than a week talk to Ana first.",
            waits=1.1,
        ),
        after=15,
    ),
    say("chidi", "Then: Chidi, off, next Friday. There is a regatta.", after=2, files=("harbour-at-six.jpg",)),
)

SCENES = (
    Scene(on(5, "08:02"), FIVE_DAYS_AGO),
    Scene(on(3, "13:15"), THREE_DAYS_AGO),
    Scene(on(1, "11:20"), YESTERDAY),
    Scene(ago(170), TODAY),
)
