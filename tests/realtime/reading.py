"""What a client shows that does as docs/protocol.md says, and nothing else: by id, revision, and number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

ARTICLE = re.compile(r"<article .*?</article>", re.DOTALL)
PIECE = re.compile(r'<reply-(block|tail) index="(\d+)"(?: open)?>(.*?)</reply-\1>', re.DOTALL)
QUOTE = re.compile(r'(<a class="message__quote"[^>]* data-message="\d+">).*?</a>', re.DOTALL)
# Of a message that is being written: what frames of its words say, and a page makes of these by itself.
PREVIEWED = ("text", "html", "status", "attempt")
MOVING = [
    re.compile(pattern)
    for pattern in (
        r" reply--\w+",
        r'<message-fold[^>]*> ?|</message-fold>|<button[^>]*class="[^"]*fold__more.*?</button>',
        r"<reply-body.*?</reply-body>",
        r'<p class="reply__wait".*?</p>',
        r"<reply-clock.*?</reply-clock>",
    )
]
CHANGES = ("message.created", "message.updated", "message.deleted")

Frame = Mapping[str, Any]


@dataclass(slots=True)
class Words:
    """A reply as its frames have built it: by blocks in HTML, by joining in JSON (then all of it is block 0)."""

    attempt: int
    sequence: int
    blocks: dict[int, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """White space between blocks is not said by HTML."""
        shown = " ".join(words for _, words in sorted(self.blocks.items()))
        return " ".join(re.sub(r"<[^>]*>", " ", shown).split())


@dataclass(slots=True)
class Reading:
    """``revision``: everything up to here is applied; ``torn``: a word is missing, and a ``sync`` would bring it."""

    revision: int
    room: Any = None
    messages: dict[int, tuple[int, Any]] = field(default_factory=dict)
    words: dict[int, Words] = field(default_factory=dict)
    torn: bool = False
    started: set[int] = field(default_factory=set)  # of which it was said that they are being written
    _named: int = 0
    _ahead: set[int] = field(default_factory=set)

    def shown(self) -> dict[int | str, Any]:
        return {message: content for message, (_, content) in sorted(self.messages.items())} | {"room": self.room}

    def written(self) -> dict[int, str]:
        """Of replies that are being written: what a page shows in the place of their preview."""
        return {message: words.text for message, words in self.words.items() if is_running(self.messages, message)}

    def apply(self, frame: Frame) -> None:
        kind = frame["type"]
        if kind in CHANGES or kind == "room":
            self._note(int(frame["revision"]))
        if kind in CHANGES:
            self._keep(frame)
        elif kind == "room":
            self._rename(frame)
        elif kind == "synced":
            self._stand(frame["revision"])
        elif kind == "token" or (kind == "control" and frame["action"] == "start"):
            self._write(frame)

    def _keep(self, frame: Frame) -> None:
        message, content = content_of(frame)
        revision = int(frame["revision"])
        if revision > self.messages.get(message, (0, None))[0]:
            self.messages[message] = revision, content

    def _rename(self, frame: Frame) -> None:
        """Like a message's, an older state may be told late, to whom a ``sync`` has brought a newer one."""
        if int(frame["revision"]) > self._named:
            self._named = int(frame["revision"])
            self.room = room_in(frame) if "html" in frame else room_of(frame["room"])

    def _note(self, revision: int) -> None:
        self._ahead.add(revision)
        while self.revision + 1 in self._ahead:
            self.revision += 1

    def _stand(self, revision: int) -> None:
        self.revision = max(self.revision, revision)
        self._note(self.revision)

    def _write(self, frame: Frame) -> None:
        message, attempt = int(frame["message"]), int(frame["attempt"])
        is_start = frame["type"] == "control"
        if is_start:
            self.started.add(message)
        sequence = int(frame["data"]["sequence"] if "data" in frame else frame["sequence"])
        known = self.words.get(message, Words(0, -1))
        if is_start and (attempt, sequence) >= (known.attempt, known.sequence):
            self.words[message] = Words(attempt, sequence)
            place(self.words[message], frame)
        elif not is_start and (attempt, sequence) == (known.attempt, known.sequence + 1):
            known.sequence += 1
            place(known, frame)
        elif not is_start and (attempt, sequence) > (known.attempt, known.sequence):
            self.torn = True


def place(words: Words, frame: Frame) -> None:
    if "html" not in frame:
        content = frame["data"]["content"] if "data" in frame else frame["content"]
        words.blocks[0] = words.blocks.get(0, "") + content
        return
    for kind, number, content in PIECE.findall(frame["html"]):
        before = "" if kind == "block" else words.blocks.get(int(number), "")
        words.blocks[int(number)] = before + content


def content_of(frame: Frame) -> tuple[int, Any]:
    if "html" in frame:
        return int(frame["message"]), article_of(frame["html"])
    return frame["message"]["id"], json_of(frame["message"])


def json_of(message: Mapping[str, Any]) -> Any:
    """Text and HTML of a reply being written are a preview; of a tombstone only the time is said."""
    if message.get("deleted_at"):
        return {name: message[name] for name in ("id", "sequence", "deleted_at")}
    if message["status"] in ("queued", "streaming"):  # which attempt it is, the frames of its words say
        return {name: message[name] for name in message if name not in PREVIEWED} | {"is_running": True}
    return dict(message)


def room_of(room: Mapping[str, Any]) -> Any:
    return {name: room[name] for name in ("slug", "name", "kind", "topic", "archived", "members")}


def room_in(frame: Frame) -> Any:
    head = frame["html"].partition(">")[0]
    return " archived" in head, *parts_of(frame["html"])


def room_on(page: str) -> Any:
    """Of a whole page: whether it may be written to, its heading, and how many belong to it."""
    live = re.search(r"<chat-live [^>]*>", page)
    assert live
    return " data-archived" in live[0], *parts_of(page)


def parts_of(html: str) -> Iterable[str]:
    for name in ("room-heading", "room-members"):
        found = re.search(rf'<div [^>]*id="{name}">.*?</div>', html, re.DOTALL)
        assert found, (name, html[:300])
        yield " ".join(found[0].split())


def article_of(html: str) -> Any:
    """As it stands, but for the words of the message it quotes: those are the quoted one's, and not numbered here."""
    found = ARTICLE.search(html)
    assert found, html[:200]
    article = QUOTE.sub(r"\1</a>", " ".join(found[0].split()))
    if ' aria-busy="true"' not in article:
        return article
    for moving in MOVING:
        article = moving.sub("", article)
    return {"article": article, "is_running": True}


def articles_in(page: str) -> Iterable[tuple[int, Any]]:
    for html in ARTICLE.findall(page):
        yield int(re.findall(r'id="message-(\d+)"', html)[0]), article_of(html)


def is_running(messages: Mapping[int, tuple[int, Any]], message: int) -> bool:
    content = messages.get(message, (0, None))[1]
    return isinstance(content, dict) and "is_running" in content
