"""What people think of an answer: one word of each on each attempt, which they may change and take back."""

from __future__ import annotations

import asyncio
import threading

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from chat import markup
from chat.exceptions import Invalid, NotAMember, NotFound, StillRunning
from chat.models import Attempt, Feedback, Message, RemoteConversation, Room, User
from chat.providers import close_clients
from chat.providers.base import Rating, TakesFeedback
from chat.replies.briefing import provider_of

log = structlog.get_logger(__name__)

MOST_WORDS = 500
DELIVERY_SECONDS = 20
RATINGS: dict[int | None, Rating] = {Feedback.Rating.UP: "like", Feedback.Rating.DOWN: "dislike", None: None}


def give_feedback(*, message: Message, by: User, rating: int, words: str = "", number: int | None = None) -> Feedback:
    """Say what one thinks of a reply: of its newest attempt, or of the one with this number.

    :raises NotFound: it is no reply, or there is no such attempt.
    :raises NotAMember:
    :raises StillRunning: there is no whole answer yet.
    :raises Invalid: no such rating, or too many words.
    """
    words = markup.clean_text(words).strip()
    if rating not in Feedback.Rating.values:
        raise Invalid(_("Say whether the answer is good or not."))
    if len(words) > MOST_WORDS:
        raise Invalid(_("At most %(most_words)s characters.") % {"most_words": MOST_WORDS})
    with transaction.atomic():
        Room.objects.lock(message.room_id)  # whoever deletes it in this moment has done so before, or takes this back
        attempt = rated_attempt(message=message, by=by, number=number)
        feedback, _was_created = Feedback.objects.update_or_create(
            attempt=attempt, user=by, defaults={"rating": rating, "words": words}
        )
        _send_on(attempt, rating, words)
    return feedback


def withdraw_feedback(*, message: Message, by: User, number: int | None = None) -> None:
    """As if nothing had been said. Again it does nothing.

    :raises NotFound: :raises NotAMember: :raises StillRunning:
    """
    with transaction.atomic():
        attempt = rated_attempt(message=message, by=by, number=number)
        deleted, _by_kind = Feedback.objects.filter(attempt=attempt, user=by).delete()
        if deleted:
            _send_on(attempt, None, "")


def rated_attempt(*, message: Message, by: User, number: int | None = None) -> Attempt:
    """The attempt that is meant, if this person may say what they think of it."""
    attempts = Attempt.objects.filter(reply__message=message, reply__message__deleted_at__isnull=True)
    attempts = attempts.select_related("reply__assistant__user", "answered_by__user", "reply__message__room")
    attempt = attempts.order_by("-number").first() if number is None else attempts.filter(number=number).first()
    if attempt is None:
        raise NotFound
    if not attempt.reply.message.room.gives_say_to(by):
        raise NotAMember
    if attempt.status in Message.RUNNING:
        raise StillRunning
    return attempt


def _send_on(attempt: Attempt, rating: int | None, words: str) -> None:
    """To the back end, if it wants to know: after the commit, and nobody waits for it."""
    provider = provider_of(attempt.author)
    if not attempt.remote_id or not isinstance(provider, TakesFeedback):
        return
    user = RemoteConversation.user_in(attempt.reply.message.room_id)
    arguments = provider, attempt.remote_id, RATINGS[rating], words, user
    deliver = threading.Thread(target=_deliver, args=arguments, name="feedback", daemon=True)
    transaction.on_commit(deliver.start)


def _deliver(provider: TakesFeedback, remote_id: str, rating: Rating, words: str, user: str) -> None:
    """On a loop of its own. A failure is logged, and that is all: what was said is kept here."""
    try:
        is_taken = asyncio.run(_tell(provider, remote_id, rating, words, user))
    except Exception:
        log.exception("feedback_failed", remote_id=remote_id)
    else:
        log.info("feedback_sent" if is_taken else "feedback_refused", remote_id=remote_id)


async def _tell(provider: TakesFeedback, remote_id: str, rating: Rating, words: str, user: str) -> bool:
    try:
        async with asyncio.timeout(DELIVERY_SECONDS):
            return await provider.feedback(remote_id, rating, words, user)
    finally:
        await close_clients()
