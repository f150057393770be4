from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from chat.exceptions import Invalid, NotFound
from chat.models import Assistant, Room, UsageLimit, User
from chat.models.usage import Scope

Subject = User | Room | Assistant


def set_limit(*, scope: str, subject: Subject | None = None, **numbers: Any) -> UsageLimit:
    """Set the numbers that are given; None lifts one. Without a subject it holds for everybody of the scope.

    :raises Invalid: a negative number, or somebody who cannot have this limit.
    """
    check_subject(scope, subject)
    whose = {str(each): subject if each == scope else None for each in Scope}
    with transaction.atomic():
        limit = UsageLimit.objects.select_for_update().filter(scope=scope, **whose).first()
        limit = limit or UsageLimit(scope=scope, **whose)
        for measure, number in numbers.items():
            if measure not in UsageLimit.NUMBERS:
                raise TypeError(f"{measure} is no number of a limit")
            setattr(limit, measure, number)
        _check(limit)
        limit.save()
    return limit


def lift_limit(*, scope: str, subject: Subject | None = None) -> None:
    """Take it away whole: whoever had one of their own has again the one for everybody.

    :raises NotFound: there is none.
    """
    whose = {str(each): subject if each == scope else None for each in Scope}
    removed, _ = UsageLimit.objects.filter(scope=scope, **whose).delete()
    if not removed:
        raise NotFound("There is no such limit.")


def check_subject(scope: str, subject: Subject | None) -> None:
    """:raises Invalid:"""
    if scope not in Scope.values:
        raise Invalid("A limit is of a person, a room or an assistant.")
    if isinstance(subject, User) and subject.is_assistant:
        raise Invalid("An assistant asks nobody: limit it as an assistant, not as a person.")


def _check(limit: UsageLimit) -> None:
    try:
        limit.clean_fields()
    except ValidationError as error:
        raise Invalid.by_field(error) from error
