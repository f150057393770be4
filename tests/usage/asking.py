from __future__ import annotations

from chat import usage
from chat.models import Assistant, Room, User


def spend(person: User, assistant: Assistant, room: Room | None, prompt: int, completion: int) -> None:
    """A request that was answered."""
    permit = usage.reserve(person=person, assistant=assistant, room=room, prompt_tokens=prompt)
    usage.settle(permit, prompt_tokens=prompt, completion_tokens=completion)
