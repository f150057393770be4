from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import structlog
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils.translation import gettext as _

from chat import events, frames, limits, metrics
from chat.access import NoSuchRoom, SignedOut
from chat.consumers import showing
from chat.consumers.commands import BadCommand, Command, parse
from chat.consumers.handshake import credentials_of, is_own_origin
from chat.consumers.identity import stranger
from chat.consumers.knocking import visit_by
from chat.consumers.posting import post
from chat.database import FAILED, in_database
from chat.exceptions import ChatError, NotFound, RateLimited
from chat.frames import Frame
from chat.hub import Socket, current_hub
from chat.models import Message, User
from chat.replies.worker import ensure_worker
from chat.services import messages, reactions, replies, stopping
from chat.services.posting import Words
from chat.visits import Visit

log = structlog.get_logger(__name__)

HTML, JSON = "chat.html.v1", "chat.json.v1"
TYPING_SECONDS = 2.0
TRY_AGAIN = 1013
# Among the scope's extensions, of our own server: frames to the kernel, without a message for each.
WRITER = "chat.writer"

# What is done to a message of the room, with the command's other fields.
CHANGES = {
    "message.edit": messages.edit_message,
    "message.delete": messages.delete_message,
    "reaction.toggle": reactions.toggle_reaction,
    "reply.stop": stopping.stop_reply,
    "reply.retry": replies.retry_reply,
    "reply.continue": replies.continue_reply,
}


class RoomConsumer(AsyncWebsocketConsumer):
    """One browser tab or bot, looking at one room.

    It has no channel of its own, and no thread hop per event: the hub writes to its socket.
    """

    channel_layer_alias = None
    visit: Visit
    socket: Socket | None = None
    _typed_at = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The stock one asks the server and a channel at once, by a task for each: here there is only the server."""
        self.scope, self.base_send = scope, send
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            return
        finally:  # also where the server cancels what takes too long to end
            self._leave()

    async def dispatch(self, message: dict[str, Any]) -> None:
        # The stock one asks a thread to close old connections before every event; ours are closed where they are used.
        match message["type"]:
            case "websocket.connect":
                await self.connect()
            case "websocket.receive":
                await self.receive(message.get("text"), message.get("bytes"))
            case "websocket.disconnect":
                raise StopConsumer

    async def connect(self) -> None:
        offered = self.scope["subprotocols"]
        dialect = next((name for name in offered if name in (HTML, JSON)), None)
        credentials = credentials_of(self.scope)
        if not credentials.bearer and not is_own_origin(self.scope):
            await self.close()  # before it is accepted: refused with 403
            return
        try:
            self.visit = await visit_by(credentials, self.scope["url_route"]["kwargs"]["slug"])
        except SignedOut:
            await self._turn_away_stranger(dialect)
        except NoSuchRoom:
            await self._turn_away(dialect, 4404)
        except FAILED as error:
            log.warning("database_failed", error=repr(error))
            await self._turn_away(dialect, TRY_AGAIN)
        else:
            await self._enter(dialect)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.socket is None:
            return
        client_id = ""
        try:
            command = parse(text_data)
            client_id = command.client_id
            await self._obey(command)
        except limits.Flooding as error:
            await self.close(4429, str(error.retry_after))
        except BadCommand as error:
            self._refuse(error, error.client_id)
        except ChatError as error:
            self._refuse(error, client_id)
        except FAILED as error:
            log.warning("database_failed", error=repr(error))
            self._refuse(ChatError(_("The database does not answer. Try again in a moment.")), client_id, "unavailable")
        except Exception:
            log.exception("command_failed")
            self._refuse(ChatError(_("Something went wrong here. Nothing was changed.")), client_id, "internal")

    async def _enter(self, dialect: str | None) -> None:
        hub, visit = current_hub(), self.visit
        ensure_worker()
        await hub.following.drop_ended(visit.room.pk)
        if hub.attendance.is_full_of(visit.user.pk):  # between this and their entry nothing is waited for
            await self._turn_away(dialect, 4429, "60")
            return
        await self.accept(dialect)
        offers = self.scope.get("extensions", {})
        self.socket = Socket(
            self.base_send,
            self.close,
            ticket=visit.ticket,
            name=visit.user.username,
            is_html=dialect != JSON,
            writer=offers.get(WRITER),
        )
        hub.join(self.socket, visit)
        self._forget_how_they_came()
        self.socket.show(showing.welcome(visit))
        showing.show_running(self.socket)

    def _forget_how_they_came(self) -> None:
        """Nothing of it is needed again, and most sockets are kept for hours. The scope is ours: the router's copy."""
        self.scope.clear()
        self.visit = replace(self.visit, room_ids=frozenset())

    async def _turn_away_stranger(self, dialect: str | None) -> None:
        """Counted as what they ask by HTTP is."""
        try:
            await in_database(stranger, self.scope)
        except RateLimited as error:
            await self._turn_away(dialect, 4429, str(error.retry_after))
        else:
            await self._turn_away(dialect, 4401)

    async def _turn_away(self, dialect: str | None, code: int, reason: str | None = None) -> None:
        """Accepted first: a refused handshake could not tell the client what to do."""
        await self.accept(dialect)
        await self.close(code, reason)

    def _leave(self) -> None:
        if self.socket is not None:
            current_hub().leave(self.socket)
            self.socket = None

    async def _obey(self, command: Command) -> None:
        fields, room, user = command.fields, self.visit.room, self.visit.user
        match command.kind:
            case "message.send":
                await self._send_message(fields)
            case kind if kind in CHANGES:
                as_it_is = await in_database(self._change, CHANGES[kind], **fields)
                if as_it_is is not None and self.socket:  # nobody else has heard anything new
                    self.socket.show(as_it_is)
            case "typing":
                self._type()
            case "read":
                limits.READS.spend(user)
                stands = await in_database(messages.mark_read, room=room, user=user, sequence=fields["sequence"])
                if stands is not None and self.socket:  # nobody else has heard anything new
                    self.socket.show(frames.plain(type="read", room=room.slug, sequence=stands))
            case "sync":
                limits.SYNCS.spend(user)
                await self._catch_up(**fields)

    async def _send_message(self, fields: dict[str, Any]) -> None:
        if (seen_ms := fields.pop("seen_ms")) is not None:
            metrics.SEND_TO_SEEN.observe(seen_ms / 1000)
        posted = await post(self.visit.room, Words(self.visit.user, **fields))
        if not posted.is_new and self.socket:
            message = posted.message
            frame = await in_database(frames.message_created, message)
            self.socket.show(frame.addressed(str(message.client_id)))

    def _change(self, act: Any, id: int, **fields: Any) -> Frame | None:  # noqa: A002 - the contract's name
        """Do something to a message of this room, with the rights that they have now. What else the asker is told of
        it, where that changed nothing."""
        limits.spend_write(self.visit.user)
        by = User.objects.filter(pk=self.visit.user.pk, is_active=True).first()
        message = Message.objects.visible_to(by).filter(pk=id, room=self.visit.room).first() if by else None
        if message is None:
            raise NotFound
        changed = act(message=message, by=by, **fields)
        is_same = isinstance(changed, Message) and changed.revision == message.revision
        return frames.message_updated(changed) if is_same else None

    def _type(self) -> None:
        now = time.monotonic()
        if now - self._typed_at >= TYPING_SECONDS:
            self._typed_at = now
            events.typing(self.visit.room.pk, self.visit.user)

    async def _catch_up(self, since: int, tally: int | None) -> None:
        if self.socket is not None:
            await showing.catch_up(self.socket, since)
            await showing.compare(self.socket, self.visit, tally)

    def _refuse(self, error: ChatError, client_id: str, code: str = "") -> None:
        facts: dict[str, Any] = {"code": code or error.code, "detail": error.detail}
        if client_id:
            facts["client_id"] = client_id
        if isinstance(error, RateLimited):
            facts["retry_after"] = error.retry_after
        if self.socket is not None:
            self.socket.show(frames.plain(type="error", **facts))
