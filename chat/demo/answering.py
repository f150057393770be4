"""What assistants said, by the steps a real reply takes: claimed, written, ended. Nothing is asked of a model."""

from __future__ import annotations

from datetime import datetime, timedelta

from chat import markup
from chat.demo.people import MODELS
from chat.demo.script import Answer
from chat.demo.spending import spend
from chat.models import Attempt, Message, Reply, User
from chat.replies import ledger
from chat.replies.checkpoints import Progress, checkpoint
from chat.replies.ledger import Lease
from chat.replies.outcomes import Outcome
from chat.services.mentions import mentionable
from chat.services.replies import retry_reply
from chat.services.stopping import stop_reply

OWNER = "demo"
CHARACTERS_PER_TOKEN = 4
TOKENS_PER_SECOND = 40
PAUSE = timedelta(seconds=45)  # before somebody asks for another attempt


def give(message: Message, answer: Answer, *, asker: User, people: dict[str, User], at: datetime) -> datetime:
    """All attempts of one reply, with their times; when the last one ended."""
    asked_at = at
    for number, attempt in enumerate((*answer.earlier, answer)):
        if number:
            retry_reply(message=message, by=asker)
            at += PAUSE
        lease = take(message, OWNER)
        if attempt.stopped_by:
            stop_reply(message=message, by=people[attempt.stopped_by])
        if attempt.status == Message.Status.INTERRUPTED:
            lease = _interrupt(message, lease, attempt)
        else:
            ledger.finish(lease, _outcome(lease, attempt))
        at = _date(lease, attempt, at)
    spend(
        list(Attempt.objects.filter(reply__message=message).select_related("reply__assistant", "reply__message__room"))
    )
    Message.objects.filter(pk=message.pk).update(created_at=asked_at)
    Reply.objects.filter(message=message).update(created_at=asked_at)
    return at


def take(message: Message, owner: str) -> Lease:
    """The lease of this very reply: put before all others, it is the first to be claimed."""
    Reply.objects.filter(message=message).update(turn=0)
    lease = next(iter(ledger.claim(owner, limit=1)), None)
    if lease is None or lease.message_id != message.pk:
        raise ledger.LeaseLost
    return lease


def write(lease: Lease, text: str, first_token_at: datetime | None) -> None:
    """What is there of it while it is being written."""
    growing = markup.Growing(mentionable(text))
    growing.feed(text)
    progress = Progress(
        text=text,
        html=growing.html(),
        sequence=tokens(text),
        model=MODELS[lease.assistant],
        first_token_at=first_token_at,
    )
    checkpoint(lease, progress)


def tokens(text: str) -> int:
    return len(text) // CHARACTERS_PER_TOKEN + 1 if text else 0


def _outcome(lease: Lease, attempt: Answer) -> Outcome:
    text = markup.clean_text(attempt.text)
    return Outcome(
        status=attempt.status,
        reason=attempt.finish if attempt.status == Message.Status.COMPLETE else _reason(attempt),
        text=text,
        body=markup.render(text, mentionable(text)),
        sequence=tokens(text),
        reasoning=attempt.reasoning,
        model=MODELS[lease.assistant],
        prompt_tokens=900 + 7 * len(attempt.text) % 800 if text else None,
        completion_tokens=tokens(attempt.reasoning) + tokens(text) or None,
        error_kind=attempt.error,
        error_detail=attempt.error_detail,
    )


def _reason(attempt: Answer) -> str:
    return "error" if attempt.error else "stopped"


def _interrupt(message: Message, lease: Lease, attempt: Answer) -> Lease:
    """Its process died, and those who took it over died as well, until it was enough."""
    while not lease.is_exhausted:
        write(lease, attempt.text, None)
        Reply.objects.filter(pk=lease.reply_id).update(lease_expires_at=ledger.LONG_AGO)
        lease = take(message, OWNER)
    ledger.finish(lease, Outcome(status=Message.Status.INTERRUPTED, reason="interrupted"))
    return lease


def _date(lease: Lease, attempt: Answer, at: datetime) -> datetime:
    """Put the attempts that are not dated yet where they belong; when the last one ended."""
    first_token_at = at + timedelta(seconds=attempt.waits)
    seconds = tokens(attempt.reasoning + attempt.text) / TOKENS_PER_SECOND
    ended_at = first_token_at + timedelta(seconds=seconds)
    fresh = Attempt.objects.filter(reply=lease.reply_id, started_at__gt=at)
    fresh.filter(text="").update(started_at=at, ended_at=ended_at)
    fresh.exclude(text="").update(started_at=at, first_token_at=first_token_at, ended_at=ended_at)
    return ended_at
