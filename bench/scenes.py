"""What the tour shows: each scene is an address, what is done there, and one line that says what is to be seen."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.acts import (
    Act,
    at,
    at_members,
    commanding,
    deleting,
    drawer,
    editing,
    elsewhere,
    empty,
    end,
    holding,
    look,
    naming,
    new_room,
    offline,
    quoting,
    reasoning,
    server_gone,
    signed_out,
    tools,
    writing,
)

ALL = ("wide-light", "wide-dark", "phone-light", "phone-dark")
DAY = ("wide-light", "phone-dark")
NIGHT = ("wide-dark", "phone-light")
PHONE = ("phone-light", "phone-dark")
FURNISHED, CROWDED = HOUSES = ("furnished", "crowded")


@dataclass(frozen=True, slots=True)
class Scene:
    """``viewer`` empty: nobody is signed in. ``options`` are those of the browser's context."""

    name: str
    caption: str
    path: str
    act: Act = look
    views: tuple[str, ...] = DAY
    viewer: str = "ana"
    options: dict[str, object] = field(default_factory=dict)
    house: str = FURNISHED


SMALL = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
FORCED = {"forced_colors": "active"}
UNSCRIPTED = {"java_script_enabled": False}
RELEASE = "/rooms/release/"

SCENES = (
    Scene("sign-in", "Signing in", "/accounts/login/", views=ALL, viewer=""),
    Scene("first-visit", "Somebody's first visit", "/", viewer="newcomer"),
    Scene("new", "Where one stopped reading: a line, and what is new below it", "/rooms/design/"),
    Scene("room", "A room: one reply is being written, one thinks, one waits for its turn", RELEASE, end, ALL),
    Scene("drawer", "The rooms on a phone, in a drawer", RELEASE, drawer, PHONE),
    Scene("held", "A reply held by one reader, while it runs on for everybody", RELEASE, holding, ("phone-light",)),
    Scene(
        "failed",
        "Stopped, failed in plain words, interrupted, each with a way on",
        RELEASE,
        at("what do we promise"),
        ALL,
    ),
    Scene("attempts", "The third of three attempts, and what the model thought", RELEASE, reasoning, NIGHT),
    Scene(
        "edited",
        "Quoted, edited, deleted; what belongs together stands together",
        RELEASE,
        at("That is what I would"),
        ("phone-light",),
    ),
    Scene("tools", "What can be done with a message, under the pointer: nothing moves", RELEASE, tools, ("wide-dark",)),
    Scene("editing", "Changing what one said, in its place", RELEASE, editing, ("phone-light",)),
    Scene("deleting", "Asked once, because it is for everybody", RELEASE, deleting, ("phone-dark",)),
    Scene(
        "code",
        "Code with its language, to be copied or wrapped",
        "/rooms/incidents/",
        at("Found it. The hook"),
        ("phone-dark",),
    ),
    Scene("table", "A table", "/rooms/general/", at("The fourth of March", "start"), ("phone-light",)),
    Scene(
        "fold",
        "A long message, folded",
        "/rooms/general/",
        at("Nobody looked for somebody to blame", "start"),
        ("phone-dark",),
    ),
    Scene(
        "pill",
        "Somebody speaks while one reads further up: nothing jumps",
        "/rooms/general/",
        elsewhere,
        ("phone-light",),
    ),
    Scene("right-to-left", "Right to left, each paragraph by its own words", "/rooms/architecture/", end, NIGHT),
    Scene("long-names", "Long names of people and rooms", "/rooms/hum/", end, ("phone-dark",)),
    Scene("completion", "People and assistants, by keyboard", RELEASE, naming, ("wide-light",)),
    Scene("commands", "Commands", RELEASE, commanding, ("phone-dark",)),
    Scene("files", "Pictures and files that go with a message", "/rooms/design/", at("New pictures of", "start"), ALL),
    Scene("composer", "An answer of several lines", RELEASE, quoting, ("phone-light",)),
    Scene("writing", "How to write, beside the composer", RELEASE, writing, ("wide-dark",)),
    Scene("empty", "A room in which nothing was said yet", "/rooms/", empty, ALL),
    Scene("rooms", "All rooms, and a new one", "/rooms/", new_room, NIGHT),
    Scene("search", "What was said, found by its words", "/search/?q=release", views=DAY),
    Scene("settings", "A room's name, topic, people and assistants", "/rooms/release/settings", views=("wide-light",)),
    Scene("chats", "Chats with assistants: found, renamed, deleted", "/chats/"),
    Scene("usage", "What one asked of assistants, and what it cost", "/account/usage/"),
    Scene("export", "A conversation to take along", "/rooms/release/export", views=("phone-light",)),
    Scene("people", "Who is there", "/people/", views=("phone-dark",)),
    Scene("account", "One's own name, picture, colour and theme", "/account/", views=NIGHT),
    Scene("second-factor", "The second factor", "/accounts/2fa/", views=("phone-light",)),
    Scene("sessions", "Where one is signed in", "/accounts/sessions/", views=("phone-dark",)),
    Scene(
        "many-rooms",
        "Five hundred rooms: bold where something is new, and the one that is open stays in sight",
        "/rooms/lock-fees/",
        drawer,
        viewer="warden",
        house=CROWDED,
    ),
    Scene(
        "many-people",
        "A thousand people in one room",
        "/rooms/all-hands/settings",
        at_members,
        viewer="warden",
        house=CROWDED,
    ),
    Scene(
        "messages",
        "For staff: every message, with its room and author",
        "/admin/chat/message/",
        views=("wide-dark",),
        viewer="staff",
    ),
    Scene(
        "assistants",
        "For staff: the assistants, and what they lack",
        "/admin/chat/assistant/",
        views=("wide-light",),
        viewer="staff",
    ),
    Scene(
        "usage-of-all",
        "For staff: what assistants were asked, by day, assistant, person or room",
        "/admin/chat/usagerecord/report/",
        views=NIGHT,
        viewer="staff",
    ),
    Scene("zoom", "At 200 %", RELEASE, at("Thank you, Salma!"), ("wide-light",), options=SMALL),
    Scene("forced-colours", "In forced colours", RELEASE, at("The model took"), ("wide-dark",), options=FORCED),
    Scene("unscripted", "Without JavaScript", RELEASE, views=("wide-light",), options=UNSCRIPTED),
    Scene("offline", "Offline: what one says waits, and goes by itself later", RELEASE, offline, ("phone-dark",)),
    Scene("signed-out", "Signed out in another tab", "/rooms/general/", signed_out, ("phone-light",), "ben"),
    Scene(
        "server-gone", "The server is gone: what was refused, what waits, when the next try is", RELEASE, server_gone
    ),
)
