"""What was said in a room, the newest first and no further than anybody wants to know. Blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db.models import QuerySet

from chat.models import Assistant, Attachment, Message, User
from chat.models.messages import MessageQuerySet
from chat.prepared import Given, PreparedRows, instance_of
from chat.replies.framing import Said
from chat.replies.shelf import StoredFiles

PAGE = 100  # messages read at a time; the budget decides how far back
HISTORY_LIMIT = 5_000
COLUMNS = ("pk", "sequence", "text", "attempt_number", "author", "author__username", "author__kind")


class Row(NamedTuple):
    """A message, as far as it is told to anybody."""

    id: int
    sequence: int
    text: str
    attempt_number: int | None
    author: int
    username: str
    kind: str

    @property
    def is_reply(self) -> bool:
        return self.attempt_number is not None

    def said(self, assistant: Assistant, shelf: StoredFiles, files: list[Attachment]) -> Said:
        is_own = self.author == assistant.user_id
        is_assistant = self.kind == User.Kind.ASSISTANT
        return Said(
            self.username,
            self.text,
            is_own=is_own,
            by_assistant=is_assistant and not is_own,
            sequence=self.sequence,
            files=shelf.take(files),
        )


ReadUpTo = Callable[[int], list[Row]]


def told(messages: MessageQuerySet) -> MessageQuerySet:
    """Unfinished and failed replies were not said, and deleted messages are not repeated."""
    return messages.filter(deleted_at__isnull=True, status__in=[Message.Status.COMPLETE, Message.Status.STOPPED])


def up_to(prompt: Message, assistant: Assistant, shelf: StoredFiles) -> Iterator[Said]:
    """Everything up to the question."""

    def read(upper: int) -> list[Row]:
        return [Row(*row) for row in HISTORY.all(room=prompt.room_id, upper=upper)]

    return _in_pages(read, prompt, assistant, shelf)


def chosen(messages: MessageQuerySet, prompt: Message, assistant: Assistant, shelf: StoredFiles) -> Iterator[Said]:
    """Some of it."""

    def read(upper: int) -> list[Row]:
        return [Row(*row) for row in _page(messages.filter(sequence__lte=upper))]

    return _in_pages(read, prompt, assistant, shelf)


def quoted_by(prompt: Message, assistant: Assistant, shelf: StoredFiles) -> Said | None:
    """What the question quotes, if that still stands."""
    quoted = prompt.reply_to
    if quoted is None or not told(Message.objects.filter(pk=quoted.pk)).exists():
        return None
    if not quoted.text and not quoted.files:
        return None
    author = quoted.author
    row = Row(quoted.pk, quoted.sequence, quoted.text, quoted.attempt_number, author.pk, author.username, author.kind)
    return row.said(assistant, shelf, quoted.files)


def _in_pages(read: ReadUpTo, prompt: Message, assistant: Assistant, shelf: StoredFiles) -> Iterator[Said]:
    upper = prompt.sequence
    for _ in range(0, HISTORY_LIMIT, PAGE):
        page = read(upper)
        files = _files_of(page, prompt.room_id)
        yield from (row.said(assistant, shelf, files[row.id]) for row in page if row.text or files[row.id])
        if len(page) < PAGE:
            return
        upper = page[-1].sequence - 1


def _files_of(page: list[Row], room: int) -> defaultdict[int, list[Attachment]]:
    """Of people's messages: assistants send none."""
    found: defaultdict[int, list[Attachment]] = defaultdict(list)
    if page:
        senders = {row.id for row in page if not row.is_reply}
        for columns in FILES.all(room=room, first=page[-1].sequence, last=page[0].sequence):
            row = instance_of(Attachment, columns)
            if row.message_id in senders:
                found[row.message_id].append(row)
    return found


def _page(messages: MessageQuerySet) -> QuerySet[Message, Any]:
    return messages.order_by("-sequence").values_list(*COLUMNS)[:PAGE]


HISTORY = PreparedRows(lambda: _page(told(Message.objects.filter(room=Given("room"), sequence__lte=Given("upper")))))
FILES = PreparedRows(
    lambda: Attachment.objects.filter(
        message__room=Given("room"), message__sequence__gte=Given("first"), message__sequence__lte=Given("last")
    ).order_by("message", "position")
)
