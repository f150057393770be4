"""What the demo's replies cost, booked on the days they were written: nobody reserved anything then."""

from __future__ import annotations

from chat import usage
from chat.models import Attempt, UsageRecord
from chat.models.usage import UsageDay


def spend(attempts: list[Attempt]) -> None:
    for attempt in attempts:
        if attempt.prompt_tokens is None or attempt.completion_tokens is None:
            continue
        record = _record(attempt, attempt.prompt_tokens, attempt.completion_tokens)
        Attempt.objects.filter(pk=attempt.pk).update(cost=record.cost)
        record.save(force_insert=True)
        UsageDay.make(record)
        UsageDay.add(
            record,
            requests=1,
            prompt_tokens=record.prompt_tokens,
            completion_tokens=record.completion_tokens,
            cost=record.cost or 0,
        )


def _record(attempt: Attempt, prompt_tokens: int, completion_tokens: int) -> UsageRecord:
    reply = attempt.reply
    return UsageRecord(
        person=reply.asker,
        room=reply.message.room,
        assistant=reply.assistant,
        attempt=attempt,
        state=UsageRecord.State.SETTLED,
        day=attempt.started_at.date(),
        created_at=attempt.started_at,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost=usage.cost_of(reply.assistant, prompt_tokens, completion_tokens),
    )
