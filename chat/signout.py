"""Whoever is signed out, by whatever way, has no open sockets a moment later.

The ways are Django's and allauth's (pages, admin, the list of sessions, a new password); what they have in common is
that a session's row goes, or that a password changes. Those are listened to here, and nothing of our own is.
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete
from django.utils import timezone

from chat import events
from chat.models import User


def listen() -> None:
    post_delete.connect(_session_ended, sender=Session, dispatch_uid="session-ended")
    for signal in (password_changed, password_reset, password_set):
        signal.connect(_password_changed, dispatch_uid="password-changed")


def _session_ended(instance: Session, **_: Any) -> None:
    """Django's own signal of signing out comes while the session is still there: too early to ask about it."""
    if instance.expire_date < timezone.now():
        return
    user_id = instance.get_decoded().get(SESSION_KEY)
    if user_id is not None:
        events.after_commit(events.access_changed, user_id=int(user_id))


def _password_changed(user: User, **_: Any) -> None:
    """The other sessions of this person are void."""
    events.after_commit(events.access_changed, user_id=user.pk)
