from __future__ import annotations

from typing import Annotated, Any

from ninja import Query, Router
from ninja.responses import Status

from chat import wire
from chat.api.auth import ApiRequest
from chat.api.errors import FILE_REFUSALS, READ_REFUSALS, WRITE_REFUSALS, ErrorOut
from chat.api.history import Bounds, page
from chat.api.parsing import FORM, json_or_form
from chat.api.rooms import visible_room
from chat.api.schemas import MessageIn, MessageOut, MessagesOut, Number, TextIn
from chat.exceptions import NotFound
from chat.limits import spend_write
from chat.models import Message
from chat.services.messages import delete_message, edit_message, post_message

router = Router(tags=["messages"])

JSON_OF_A_MESSAGE = MessageIn.json_schema()
FORM_OF_A_MESSAGE = {
    **{key: said for key, said in JSON_OF_A_MESSAGE.items() if key != "required"},  # with a file, no text need go along
    "properties": {
        **JSON_OF_A_MESSAGE["properties"],
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
    },
}
SAID = {
    "content": {"application/json": {"schema": JSON_OF_A_MESSAGE}, FORM: {"schema": FORM_OF_A_MESSAGE}},
    "required": True,
}


@router.get(
    "/rooms/{slug:slug}/messages",
    response={200: MessagesOut, READ_REFUSALS: ErrorOut},
    summary="A page of history, or everything that changed",
)
def list_messages(
    request: ApiRequest,
    slug: str,
    before: Annotated[Number | None, Query(description="The page before this sequence.")] = None,
    after: Annotated[Number | None, Query(description="The page after this sequence.")] = None,
    since: Annotated[Number | None, Query(description="What changed after this revision, tombstones too.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """Without a bound: the newest page. History comes in the order of `sequence`, and `revision` is the room's.

    With `since`, messages come in the order in which they changed. As long as there is `more`, `revision` is the
    `since` to go on with.
    """
    return page(visible_room(request, slug), Bounds(before, after, since, limit))


@router.post(
    "/rooms/{slug:slug}/messages",
    response={frozenset({200, 201}): MessageOut, FILE_REFUSALS: ErrorOut},
    summary="Say something",
    openapi_extra={"requestBody": SAID},
)
def say(request: ApiRequest, slug: str) -> Status[wire.MessageJson]:
    """201: said. 200: this `client_id` was used before; the first message, as it is now.

    Files go along in a form (`multipart/form-data`) with the same fields, and each file as `files`.
    """
    message = json_or_form(request, MessageIn)
    spend_write(request.user)
    files = request.FILES.getlist("files")
    posted = post_message(room=visible_room(request, slug), author=request.user, files=files, **message.dict())
    return Status(201 if posted.is_new else 200, wire.message(posted.message))


@router.get("/messages/{int:id}", response={200: MessageOut, READ_REFUSALS: ErrorOut}, summary="One message")
def read(request: ApiRequest, id: int) -> wire.MessageJson:  # noqa: A002 - the contract's name
    return wire.message(visible_message(request, id))


@router.patch("/messages/{int:id}", response={200: MessageOut, WRITE_REFUSALS: ErrorOut}, summary="Change your words")
def edit(request: ApiRequest, id: int, message: TextIn) -> wire.MessageJson:  # noqa: A002
    spend_write(request.user)
    found = visible_message(request, id)
    return wire.message(edit_message(message=found, by=request.user, text=message.text))


@router.delete("/messages/{int:id}", response={200: MessageOut, WRITE_REFUSALS: ErrorOut}, summary="Leave a tombstone")
def delete(request: ApiRequest, id: int) -> wire.MessageJson:  # noqa: A002
    spend_write(request.user)
    return wire.message(delete_message(message=visible_message(request, id), by=request.user))


def visible_message(request: ApiRequest, pk: int) -> Message:
    """:raises NotFound: absent, or in a room that is not theirs."""
    message = Message.objects.visible_to(request.user).select_related("author", "room").filter(pk=pk).first()
    if message is None:
        raise NotFound
    return message
