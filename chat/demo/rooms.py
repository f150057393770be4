"""The rooms of the demo house, who is in them, and how much of each the viewer has not read."""

from __future__ import annotations

from chat.demo.conversations import chats, design, direct, general, hum, incidents, kitchen, reading, release, smaller
from chat.demo.people import ASSISTANTS, EVERYBODY
from chat.demo.script import Place

FIRST_ROOM = "release"
FEW = ("ana", "ben", "mirjam")

PLACES = (
    Place(
        slug="general",
        name="general",
        topic="Everybody, everything",
        members=(*EVERYBODY, *ASSISTANTS),
        scenes=general.SCENES,
        unread=12,
    ),
    Place(
        slug="release",
        name="release",
        topic="Getting 2.4 out of the door. Freeze is Thursday.",
        members=("tomasz", "ana", "ben", "mirjam", "salma", "yuki", "ines", "chidi", "ci", *ASSISTANTS),
        scenes=release.SCENES,
        unread=10,
    ),
    Place(
        slug="design",
        name="design",
        topic="Type, space, words. Bring the screenshot, not the opinion about it.",
        members=("ines", *(name for name in EVERYBODY if name not in ("ines", "arjun")), "helper"),
        scenes=design.SCENES,
        unread=6,
    ),
    Place(
        slug="incidents",
        name="incidents",
        topic="What burns, who holds the hose",
        kind="private",
        members=("salma", "tomasz", "ana", "mirjam", "chidi", "ci", "helper", "scribe"),
        scenes=incidents.SCENES,
        unread=4,
    ),
    Place(
        slug="kitchen",
        name="kitchen",
        topic="Who ate it, and will there be more",
        members=("yuki", *(name for name in EVERYBODY if name != "yuki")),
        scenes=kitchen.scenes(),
        unread=148,
    ),
    Place(
        slug="reading",
        name="reading",
        topic="One paper a fortnight. helper has read it too.",
        members=("noa", "ana", "yuki", "tomasz", "arjun", "helper"),
        scenes=reading.SCENES,
    ),
    Place(
        slug="architecture",
        name="אדריכלות",
        topic="תוכניות, היתרים ומה שנשאר מהקיר",
        members=("noa", "ana", "ben", "salma", "helper"),
        scenes=smaller.ARCHITECTURE,
    ),
    Place(
        slug="hum",
        name="infrastructure-and-everything-that-hums",
        topic="Racks, cables, certificates and the one server nobody dares to restart since the spring of 2019",
        members=("tomasz", "chidi", "ana", "mirjam", "helper"),
        scenes=hum.SCENES,
        unread=3,
    ),
    Place(
        slug="people",
        name="people",
        topic="Who comes, who goes, who needs a day off",
        kind="private",
        members=(*FEW, "scribe"),
        scenes=smaller.PEOPLE,
    ),
    Place(
        slug="random",
        name="random",
        topic="Neither here nor there",
        members=("ben", *(name for name in EVERYBODY if name != "ben")),
        scenes=smaller.ODDS_AND_ENDS,
    ),
    Place(
        slug="running",
        name="running",
        topic="6:30 at the bridge",
        members=("tomasz", "yuki", "chidi"),
        scenes=smaller.RUNNING,
    ),
    Place(slug="typography", name="typography", members=("ines", "mirjam"), scenes=smaller.TYPOGRAPHY),
    Place(
        slug="summer-regatta",
        name="summer regatta",
        topic="Three boats and a cool box",
        members=("chidi", "ana", "ben", "mirjam", "tomasz"),
        scenes=smaller.REGATTA,
        is_archived=True,
    ),
    Place(slug="chat-letter", chat="scribe", members=("ana",), scenes=chats.LETTER),
    Place(slug="chat-shade", chat="helper", members=("ana",), scenes=chats.SHADE),
    Place(slug="chat-numbers", chat="helper", members=("ana",), scenes=chats.NUMBERS),
    Place(direct=("ana", "ben"), scenes=direct.WITH_BEN, unread=2),
    Place(direct=("ana", "salma"), scenes=direct.WITH_SALMA),
    Place(direct=("ana", "tomasz"), scenes=direct.WITH_TOMASZ),
    Place(direct=("mirjam", "ana"), scenes=direct.WITH_MIRJAM),
    Place(direct=("yuki", "ana", "ben", "tomasz"), scenes=direct.THE_FOUR),
    Place(direct=("ana", "helper"), scenes=direct.WITH_HELPER, unread=1),
    Place(direct=("ana", "scribe"), scenes=direct.WITH_SCRIBE),
    Place(direct=("ana", "house-docs"), scenes=direct.WITH_HOUSE_DOCS),
)
