"""What hangs on the messages of assistants: who was asked, and the attempt that is shown."""

from __future__ import annotations

from collections.abc import Iterable

from chat import markup
from chat.models import Assistant, Attempt, Message, Reply, User
from chat.services.importing.people import assistant_of
from chat.services.importing.shapes import AttemptFile, MessageFile

Told = tuple[Message, MessageFile, Message]  # the reply, what the file says of it, and who asked by which message


class Replies:
    """Each assistant is looked up once."""

    def __init__(self, users: dict[str, User]) -> None:
        self._users = users
        self._assistants: dict[str, Assistant] = {}

    def make(self, told: list[Told]) -> None:
        self._learn(told)
        rows = [self._reply(message, prompt) for message, _, prompt in told]
        Reply.objects.bulk_create(rows)
        pairs = zip(rows, told, strict=True)
        attempts = [_attempt(row, said, self._assistants) for row, (_, said, _) in pairs]
        Attempt.objects.bulk_create(attempts)
        for row, attempt in zip(rows, attempts, strict=True):
            row.current = attempt
        Reply.objects.bulk_update(rows, ["current"], batch_size=100)

    def _learn(self, told: Iterable[Told]) -> None:
        names = {message.author.username for message, _, _ in told}
        names |= {said.attempt.answered_by for _, said, _ in told if said.attempt and said.attempt.answered_by}
        for name in sorted(names - set(self._assistants)):
            self._assistants[name] = assistant_of(self._users[name])

    def _reply(self, message: Message, prompt: Message) -> Reply:
        return Reply(
            message=message,
            assistant=self._assistants[message.author.username],
            prompt=prompt,
            asker_id=prompt.author_id,
            attempt=message.attempt_number or 0,
            is_open=False,
            created_at=message.created_at,
        )


def _attempt(reply: Reply, said: MessageFile, assistants: dict[str, Assistant]) -> Attempt:
    told = said.attempt
    assert told is not None
    return Attempt(
        reply=reply,
        number=told.number,
        status=reply.message.status,
        text=reply.message.text,
        reasoning=markup.clean_text(told.reasoning) if not reply.message.is_deleted else "",
        model=told.model,
        finish=told.finish,
        error_kind=told.error or "",
        answered_by=assistants[told.answered_by] if told.answered_by is not None else None,
        started_at=told.started_at,
        first_token_at=told.first_token_at,
        ended_at=told.ended_at,
        **_usage(told),
    )


def _usage(told: AttemptFile) -> dict[str, int | None]:
    if told.usage is None:
        return {"prompt_tokens": None, "completion_tokens": None}
    return {"prompt_tokens": told.usage.prompt, "completion_tokens": told.usage.completion}
