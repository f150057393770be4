"""A thousand messages at once, numbered as if each had been posted. The room is locked."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import OuterRef, Subquery

from chat import markup
from chat.demo.chatter import Chatter, Text
from chat.models import Assistant, Attempt, Membership, Mention, Message, Reply, Room, User

ASKED, QUOTING, EDITED, DELETED = 0.02, 0.05, 0.02, 0.01  # of all messages
ENDS = [*[Message.Status.COMPLETE] * 9, Message.Status.STOPPED]
MOMENT = timedelta(seconds=1)


@dataclass(slots=True)
class Calendar:
    at: datetime
    pace: timedelta

    def next(self) -> datetime:
        self.at += self.pace
        return self.at


@dataclass(slots=True)
class Block:
    room: Room
    people: Sequence[User]
    assistant: Assistant
    dice: random.Random
    calendar: Calendar
    rows: list[Message] = field(default_factory=list)
    _named: dict[int, tuple[int, ...]] = field(default_factory=dict)  # by sequence
    _asked: list[tuple[Message, Message]] = field(default_factory=list)  # question and answer

    def talk(self, count: int, chatter: Chatter, quotable: Sequence[int]) -> None:
        while len(self.rows) < count:
            draw = self.dice.random()
            if draw < ASKED and len(self.rows) + 2 <= count:
                self._ask(chatter)
                continue
            quoted = self.dice.choice(quotable) if quotable and draw > 1 - QUOTING else None
            self._say(self.dice.choice(self.people), chatter.remark(self.dice), reply_to_id=quoted)
            if draw < ASKED + EDITED:
                self._edit(self._earlier(), chatter.remark(self.dice))
            elif draw < ASKED + EDITED + DELETED:
                self._delete(self._earlier())

    def store(self) -> None:
        Message.objects.bulk_create(self.rows)
        Mention.objects.bulk_create(self._mentions())
        self._store_replies()
        self._move_pointers()

    def edit_an_old_one(self, chatter: Chatter) -> None:
        """So that what changed last is not only what was said last."""
        sequence = self.dice.randint(1, self.rows[0].sequence)
        old = Message.objects.in_room(self.room).filter(sequence=sequence, attempt_number=None, deleted_at=None).first()
        if old is not None:
            self._edit(old, chatter.remark(self.dice))
            old.mentions.all().delete()
            old.save(update_fields=["text", "html", "edited_at", "revision"])
            Mention.objects.bulk_create(_mentions_of(old, self._named[old.sequence]))

    def _say(self, author: User, text: Text, **given: object) -> Message:
        revision = self.room.take_revision()
        message = Message(
            room=self.room,
            author=author,
            sequence=self.room.take_sequence(),
            revision=revision,
            created_revision=revision,
            client_id=UUID(int=self.dice.getrandbits(128), version=4),
            text=text.words,
            html=text.html,
            markup_version=markup.VERSION,
            created_at=self.calendar.next(),
            **given,
        )
        self._named[message.sequence] = text.named
        self.rows.append(message)
        return message

    def _ask(self, chatter: Chatter) -> None:
        """The answer has its number when it is queued, and another one when it ends."""
        question = self._say(self.dice.choice(self.people), chatter.question(self.dice))
        answer = self._say(self.assistant.user, chatter.answer(self.dice), attempt_number=1)
        answer.client_id, answer.status = None, self.dice.choice(ENDS)
        answer.revision = self.room.take_revision()
        self._asked.append((question, answer))

    def _earlier(self) -> Message | None:
        """One of the last words of somebody, which they may still change."""
        message = self.dice.choice(self.rows[-10:])
        return None if message.is_deleted or message.is_reply else message

    def _edit(self, message: Message | None, text: Text) -> None:
        if message is not None:
            message.text, message.html = text.words, text.html
            message.edited_at, message.revision = self.calendar.at, self.room.take_revision()
            self._named[message.sequence] = text.named

    def _delete(self, message: Message | None) -> None:
        if message is not None and message not in (question for question, _ in self._asked):
            message.text = message.html = ""
            message.deleted_at, message.deleted_by = self.calendar.at, message.author
            message.revision = self.room.take_revision()
            self._named[message.sequence] = ()

    def _mentions(self) -> list[Mention]:
        return [mention for row in self.rows for mention in _mentions_of(row, self._named[row.sequence])]

    def _store_replies(self) -> None:
        replies = Reply.objects.bulk_create(self._reply(*pair) for pair in self._asked)
        Attempt.objects.bulk_create(self._attempt(reply) for reply in replies)
        mine = Attempt.objects.filter(reply=OuterRef("pk")).values("pk")
        Reply.objects.filter(pk__in=[reply.pk for reply in replies]).update(current=Subquery(mine[:1]))

    def _reply(self, question: Message, answer: Message) -> Reply:
        return Reply(
            message=answer,
            assistant=self.assistant,
            prompt=question,
            asker=question.author,
            attempt=1,
            is_open=False,
            created_at=answer.created_at,
        )

    def _attempt(self, reply: Reply) -> Attempt:
        began = reply.created_at
        return Attempt(
            reply=reply,
            number=1,
            status=reply.message.status,
            finish="stop" if reply.message.status == Message.Status.COMPLETE else "stopped",
            text=reply.message.text,
            model="demo",
            prompt_tokens=400,
            completion_tokens=len(reply.message.text) // 4,
            started_at=began,
            first_token_at=began + MOMENT,
            ended_at=began + 5 * MOMENT,
        )

    def _move_pointers(self) -> None:
        """Whoever speaks has read what is there."""
        spoke = {row.author_id: row.sequence for row in self.rows}
        for user_id, sequence in spoke.items():
            Membership.objects.filter(room=self.room, user=user_id).update(last_read_sequence=sequence)


def _mentions_of(message: Message, users: tuple[int, ...]) -> list[Mention]:
    return [
        Mention(message=message, user_id=user, room_id=message.room_id, sequence=message.sequence) for user in users
    ]
