"""What hangs on the messages of assistants: who was asked, and the attempt that is shown."""

from __future__ import annotations

from chat import markup
from chat.models import Assistant, Attempt, Message, Reply, User
from chat.services.importing.people import assistant_of
from chat.services.importing.shapes import AttemptFile, MessageFile, RoomFile

BATCH = 500


def make_replies(file: RoomFile, by_sequence: dict[int, Message], users: dict[str, User], shift: int) -> None:
    told = {said.sequence - shift: said for said in file.messages if said.attempt is not None}
    replies = [message for message in by_sequence.values() if message.attempt_number is not None]
    assistants = _assistants(replies, told, users)
    rows = [_reply(message, told[message.sequence], by_sequence, assistants, shift) for message in replies]
    Reply.objects.bulk_create(rows, batch_size=BATCH)
    attempts = [_attempt(row, told[row.message.sequence], assistants) for row in rows]
    Attempt.objects.bulk_create(attempts, batch_size=BATCH)
    for row, attempt in zip(rows, attempts, strict=True):
        row.current = attempt
    Reply.objects.bulk_update(rows, ["current"], batch_size=BATCH)


def _assistants(replies: list[Message], told: dict[int, MessageFile], users: dict[str, User]) -> dict[str, Assistant]:
    names = {message.author.username for message in replies}
    for message in replies:
        attempt = told[message.sequence].attempt
        if attempt is not None and attempt.answered_by is not None:
            names.add(attempt.answered_by)
    return {name: assistant_of(users[name]) for name in sorted(names)}


def _reply(
    message: Message,
    said: MessageFile,
    by_sequence: dict[int, Message],
    assistants: dict[str, Assistant],
    shift: int,
) -> Reply:
    assert said.prompt is not None
    prompt = by_sequence[said.prompt - shift]
    return Reply(
        message=message,
        assistant=assistants[message.author.username],
        prompt=prompt,
        asker=prompt.author,
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
        model=_line(told.model),
        finish=_line(told.finish),
        error_kind=_line(told.error or ""),
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


def _line(text: str) -> str:
    return " ".join(markup.clean_text(text).split())
