from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from chat import markup
from chat.addresses import address
from chat.models.begun import find_begun
from chat.models.line import find_places
from chat.models.reactions import Kept, Reaction, find_reactors
from chat.prepared import PreparedAmongTuples, PreparedInsert

if TYPE_CHECKING:
    from chat.models.attachments import Attachment
    from chat.models.rooms import Room
    from chat.models.users import User

PAGE_SIZE = 50
LONG_TEXT = 2_000  # characters
LONG_LINES = 24
LONG_REPLY_TEXT = 6_000
LONG_REPLY_LINES = 80

Sent = tuple[int, UUID]  # by whom, with which client id


class MessageQuerySet(models.QuerySet["Message"]):
    _is_whole = False

    def visible_to(self, user: User | AnonymousUser) -> Self:
        from chat.models.rooms import Room

        return self.filter(room__in=Room.objects.visible_to(user))

    def in_room(self, room: Room) -> Self:
        return self.filter(room=room)

    def to_ask_again(self, user: User) -> Self:
        """What this person said, and an assistant has answered."""
        from chat.models.replies import Reply

        answers = Reply.objects.filter(prompt=OuterRef("pk"), message__deleted_at__isnull=True, is_open=False)
        return self.filter(Exists(answers), author=user, deleted_at__isnull=True)

    def whole(self) -> Self:
        """With everything that showing a message needs."""
        needless = "reply__prompt__text", "reply__prompt__html"
        found = (
            self.defer(*needless)
            .select_related(
                "author",
                "reply_to__author",
                "room",
                "reply__current__answered_by__user",
                "reply__assistant__user",
                "reply__answerer__user",
                "reply__stopped_by",
                "reply__prompt",
            )
            .with_files()
        )
        found._is_whole = True
        return found

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._is_whole = self._is_whole
        return clone  # type: ignore[no-any-return]

    def _fetch_all(self) -> None:
        is_fresh = self._result_cache is None
        super()._fetch_all()
        if is_fresh and self._is_whole and self._result_cache:
            find_beside(self._result_cache)

    def with_files(self) -> Self:
        """Plain lists: a related queryset and its message would hold each other until the collector comes."""
        return self.prefetch_related(Prefetch("attachments", to_attr="_files"))

    def newest(self, limit: int = PAGE_SIZE) -> list[Message]:
        return list(self.order_by("-sequence")[:limit])[::-1]

    def after(self, sequence: int, limit: int = PAGE_SIZE) -> list[Message]:
        return list(self.filter(sequence__gt=sequence).order_by("sequence")[:limit])

    def changed_since(self, revision: int) -> Self:
        """In the order of the changes, tombstones included."""
        return self.filter(revision__gt=revision).order_by("revision")

    def taken_back_since(self, revision: int, told: int) -> Self:
        """Deleted since, or edited so that who was told everything up to ``told`` knows words that stand no more."""
        taken_back = Q(deleted_at__isnull=False) | Q(edited_at__isnull=False, sequence__lte=told)
        return self.filter(taken_back, revision__gt=revision)

    def sent_as(self, room: Room, sent: Collection[Sent]) -> dict[Sent, Message]:
        """Those that were stored before."""
        rows = SENT.all([(room.pk, *each) for each in sent])
        found = {(author, client_id): pk for author, client_id, pk in rows}
        # The many tables of `whole()` only where there is one.
        messages = self.whole().in_bulk(found.values()) if found else {}
        return {key: messages[pk] for key, pk in found.items()}

    def insert_all(self, messages: Sequence[Message]) -> None:
        """New rows, by one statement."""
        NEW.insert_all(messages)


class Message(models.Model):
    class Status(models.TextChoices):
        QUEUED = "queued"
        STREAMING = "streaming"
        COMPLETE = "complete"
        STOPPED = "stopped"
        FAILED = "failed"
        INTERRUPTED = "interrupted"

    room = models.ForeignKey("chat.Room", models.PROTECT, related_name="messages")
    author = models.ForeignKey("chat.User", models.PROTECT, related_name="messages")
    sequence = models.PositiveBigIntegerField(editable=False)
    revision = models.PositiveBigIntegerField(editable=False)
    created_revision = models.PositiveBigIntegerField(editable=False)
    client_id = models.UUIDField(null=True, blank=True, editable=False)
    text = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="", editable=False)
    markup_version = models.PositiveSmallIntegerField(default=0, editable=False)
    reply_to = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="answers")
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.COMPLETE, editable=False)
    attempt_number = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    reactions: models.JSONField[Kept | None, Kept | None] = models.JSONField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.ForeignKey("chat.User", models.PROTECT, null=True, blank=True, editable=False, related_name="+")

    objects = MessageQuerySet.as_manager()

    _files: list[Attachment]
    _reactors: list[User]
    place: int | None = None  # in line, if it is queued and was read ``.whole()``

    RUNNING = (Status.QUEUED, Status.STREAMING)

    class Meta:
        constraints = [
            models.UniqueConstraint("room", "sequence", name="message_sequence_is_its_place"),
            models.UniqueConstraint("room", "author", "client_id", name="message_sent_once"),
            models.CheckConstraint(
                condition=Q(created_revision__lte=F("revision")), name="message_created_before_changed"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(text="", html=""), name="message_tombstone_is_empty"
            ),
        ]
        indexes = [
            models.Index("room", "revision", name="message_changes"),
            models.Index(fields=["markup_version"], name="message_markup", condition=Q(deleted_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"

    def get_absolute_url(self) -> str:
        return f"{address('room', self.room.slug)}?around={self.sequence}#message-{self.pk}"

    def insert(self) -> None:
        """Store a new row."""
        NEW.insert(self)

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def files(self) -> list[Attachment]:
        """What goes with it: nothing of a tombstone, and assistants send none."""
        if self.is_deleted or self.is_reply:
            return []
        if "_files" not in self.__dict__:
            self._files = list(self.attachments.all())
        return self._files

    def carry(self, attachments: list[Attachment]) -> None:
        """Take rows in hand as all there are, as if they had been read with the message."""
        self._files = attachments

    @property
    def reacted(self) -> list[Reaction]:
        """Nothing of a tombstone, which a version that knew none may have left some; nor who is no more on the site."""
        if self.is_deleted or not self.reactions:
            return []
        if "_reactors" not in self.__dict__:
            find_reactors([self])
        users = {user.pk: user for user in self._reactors}
        found = (Reaction(emoji, [users[pk] for pk in people if pk in users]) for emoji, people in self.reactions)
        return [reaction for reaction in found if reaction.people]

    def react(self, reactions: Kept | None) -> None:
        self.reactions = reactions
        self.__dict__.pop("_reactors", None)

    def take_reactors(self, users: list[User]) -> None:
        self._reactors = users

    @property
    def is_running(self) -> bool:
        return self.status in self.RUNNING

    @property
    def is_reply(self) -> bool:
        return self.attempt_number is not None

    @property
    def is_long(self) -> bool:
        """So long that it stands in the way of what others say; an answer that was asked for may be longer."""
        if not self.is_reply:
            return _exceeds(self.text, LONG_TEXT, LONG_LINES)
        return self.status == self.Status.COMPLETE and _exceeds(self.text, LONG_REPLY_TEXT, LONG_REPLY_LINES)

    @property
    def excerpt(self) -> str:
        if not self.text and not self.is_reply and not self.is_deleted:
            return _("A file")  # nothing else can be sent without a word
        return markup.excerpt(self.text)


def find_beside(messages: Sequence[Message]) -> None:
    """What shows a message and is asked for few of many only: never within the query of all."""
    find_places(messages)
    find_reactors(messages)
    find_begun(messages)


def _exceeds(text: str, characters: int, lines: int) -> bool:
    return len(text) > characters or text.count("\n") >= lines


SENT = PreparedAmongTuples(
    lambda sent: Message.objects.filter(sent).values_list("author", "client_id", "pk"),
    room=None,  # with each of them, not once for all: else SQLite would read the whole room
    author=None,
    client_id=models.UUIDField(),
)
NEW = PreparedInsert(lambda: Message)
