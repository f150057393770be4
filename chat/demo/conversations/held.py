"""The end of `release` with replies that are being written: ``after`` counts the minutes before now."""

from __future__ import annotations

from chat.demo.script import say

ROOM = "release"
LINES = (
    say(
        "tomasz",
        "@helper if we restart while replies are being written, are they finished by somebody else?",
        after=2,
    ),
    say("salma", "@scribe @house-docs the same question to both of you, please.", after=1),
)
HALF = """
Yes. A process that is told to stop claims nothing new and gives its leases back; another takes them within two \
seconds. It comes down to

- one conditional update, so that two never own the same reply, and
- a lease that runs out by itself when a process is killed and cannot
"""
# What is there of each. Nothing: it thinks. Not mentioned: it waits for its turn.
WRITTEN = {"helper": HALF.strip(), "scribe": ""}
