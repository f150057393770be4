from __future__ import annotations

from chat.demo.script import Scene, ago, answer, on, say

THE_STORM = (
    say("ci", "🔴 **importer** p95 4.8 s for 5 min (limit 1.0 s)"),
    say("salma", "أنا هنا. أنظر إلى السجلات الآن.", after=4),
    say(
        "salma",
        "The gauge at the outer mole sends `NaN`, and we take it for zero.",
        after=6,
        key="nan",
        files=("importer-p95.png", "outer-mole.log"),
    ),
    say("tomasz", "Awake. Do we switch its feed off?", after=2),
    say(
        "salma",
        """
        Yes, please, you have the key:

        ```bash
        harbourctl feed disable outer-mole --reason "sends NaN" --until 08:00
        ```
        """,
        after=1,
    ),
    say("tomasz", "Off.", after=1),
    say("ci", "🟢 **importer** p95 0.4 s", after=5),
    say(
        "salma",
        "@scribe a timeline of this, in UTC, for the notes.",
        answer(
            """
            | UTC | What |
            |---|---|
            | 03:12 | The gauge begins to send `NaN` |
            | 03:14 | Alarm: importer p95 4.8 s |
            | 03:18 | Salma is here |
            | 03:24 | Cause found |
            | 03:28 | Feed switched off by Tomasz |
            | 03:33 | Back to normal |

            **Nineteen minutes** from the alarm to the end.
            """,
            waits=0.9,
        ),
        after=11,
    ),
    say("ana", "Thank you both. Sleep in.", after=150),
)

A_QUIET_DAY = (
    say("mirjam", "Exercise, not an incident: I restore yesterday's backup to a machine nobody uses."),
    say("mirjam", "51 minutes, of which 40 were the copy. In the notes we say *an hour*, that stays true.", after=56),
    say(
        "mirjam",
        "@helper why would `pg_restore -j 8` be no quicker than `-j 4` here?",
        answer(status="failed", error="rate_limit", error_detail="429 Too Many Requests", waits=0.2),
        after=3,
    ),
    say("mirjam", "Well. Because there are four disks, I suppose.", after=2),
)

TODAY = (
    say("ci", "🟠 **certificates** `gauges.harbour.example` ends in 13 days"),
    say("chidi", "It renews itself at 30 days, so why has it not?", after=8),
    say(
        "chidi",
        """
        Found it. The hook looks for the old host name:

        ```python
        HOSTS = {"gauge.harbour.example"}  # one gauge, in the beginning


        def needs_renewal(certificate: Certificate) -> bool:
            return certificate.host in HOSTS and certificate.days_left < 30
        ```
        """,
        after=19,
    ),
    say("chidi", "@ana may I change it now, or do we wait for the freeze to end?", after=2),
)

SCENES = (Scene(on(7, "03:14"), THE_STORM), Scene(on(2, "09:00"), A_QUIET_DAY), Scene(ago(100), TODAY))
