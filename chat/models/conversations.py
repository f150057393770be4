from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from chat.models.messages import Message


class RemoteConversationQuerySet(models.QuerySet["RemoteConversation"]):
    def forget(self, message: Message) -> None:
        """Its words are gone, or others than before. What a back end was told it cannot be made to forget: so the next
        question begins a new conversation, and tells what there is now."""
        known = self.filter(room=message.room_id)
        if not message.is_deleted:
            known = known.filter(told_sequence__gte=message.sequence)
        known.delete()


class RemoteConversation(models.Model):
    """A conversation that the back end itself remembers: for Dify, one per assistant and room.

    It is kept only after a reply that ended well; ``told_sequence`` is the newest message the back end knows of.
    """

    assistant = models.ForeignKey("chat.Assistant", models.CASCADE, related_name="remote_conversations")
    room = models.ForeignKey("chat.Room", models.CASCADE, related_name="remote_conversations")
    remote_id = models.CharField(max_length=120)
    told_sequence = models.PositiveBigIntegerField(default=0)

    objects = RemoteConversationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("assistant", "room", name="remote_conversation_once_per_room")]

    def __str__(self) -> str:
        return self.remote_id

    @staticmethod
    def user_in(room_id: int) -> str:
        """Who a room is to its back ends: no person's name leaves the site."""
        return f"room-{room_id}"
