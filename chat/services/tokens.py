from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat import events
from chat.exceptions import Forbidden, Invalid
from chat.models import ApiToken, User
from chat.models.tokens import SHOWN_LENGTH, digest_of


def create_token(*, user: User, name: str = "") -> tuple[ApiToken, str]:
    """A new token and its secret, which is shown once and stored only as a hash.

    :raises Invalid: assistants have no tokens, and one of an account that is closed would open nothing.
    """
    if user.is_assistant:
        raise Invalid(_("An assistant has no tokens."))
    if not user.is_active:
        raise Invalid(_("This account is closed."))
    secret = ApiToken.new_secret()
    token = ApiToken.objects.create(
        user=user, name=name.strip()[:80], digest=digest_of(secret), shown=secret[:SHOWN_LENGTH]
    )
    return token, secret


def revoke_token(*, token: ApiToken, by: User | None) -> None:
    """End a token: its sockets close at once.

    :raises Forbidden: somebody else's.
    """
    if by is not None and by.pk != token.user_id and not by.is_staff:
        raise Forbidden
    with transaction.atomic():
        ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
        events.after_commit(events.access_changed, user_id=token.user_id)
