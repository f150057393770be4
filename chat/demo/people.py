"""Who lives in the demo house. Their addresses end in a domain that nobody can own."""

from __future__ import annotations

from chat.demo.script import Person

DOMAIN = "harbour.example"
VIEWER = "ana"

PEOPLE = (
    Person(name="ana", display_name="Ana Ruiz", emoji="🦊", tint=1, time_zone="Europe/Madrid"),
    Person(name="ben", display_name="Ben Adeyemi", emoji="🐻", tint=2, time_zone="Europe/London"),
    Person(
        name="mirjam",
        display_name="Mirjam Oude-Hengel van der Waals-Lichtenberg",
        emoji="🌿",
        tint=4,
        time_zone="Europe/Amsterdam",
    ),
    Person(name="salma", display_name="سلمى حداد", emoji="🌙", tint=6, time_zone="Asia/Beirut"),
    Person(name="tomasz", display_name="Tomasz Wiśniewski", emoji="🐙", tint=7, time_zone="Europe/Warsaw"),
    Person(name="yuki", display_name="Yuki Tanaka", emoji="🪁", tint=8, time_zone="Asia/Tokyo"),
    Person(name="ines", display_name="Ines Raudsepp", emoji="🍋", tint=3, time_zone="Europe/Tallinn"),
    Person(name="chidi", display_name="Chidi Okonkwo", emoji="🐳", tint=5, time_zone="Africa/Lagos"),
    Person(name="noa", display_name="נועה לוי", emoji="🦉", tint=0, time_zone="Asia/Jerusalem"),
    Person(name="arjun", display_name="Arjun", emoji="", tint=0, time_zone="Asia/Kolkata"),
    Person(name="ci", display_name="ci", emoji="⚙️", tint=0, time_zone="", kind="bot"),
)

# The words each is given, should somebody ask it something new: the built-in provider needs no model.
ASSISTANTS = {
    "helper": "You help a small software team. Be brief, and show commands and code where they help.",
    "scribe": "You keep the record of a small software team: summaries, notes, who promised what.",
    "house-docs": "You answer from the documentation of the house, and say so when it is not in there.",
}
MODELS = {"helper": "qwen3-32b", "scribe": "mistral-small", "house-docs": "llama3.2", "demo": "demo"}
PRICES = {"helper": ("0.40", "1.20"), "scribe": ("0.10", "0.30")}  # dollars for a million tokens; one is our own
EVERYBODY = tuple(person.name for person in PEOPLE if person.kind == "person")


def address_of(name: str) -> str:
    return f"{name}@{DOMAIN}"
