"""What goes to an app beside the words: uploaded first, then named in the question. An app may not take all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chat.providers.base import Backend, ChatRequest, Document, Picture
from chat.providers.dify import calls
from chat.providers.dify.errors import FileTrouble
from chat.providers.dify.kinds import kind_of
from chat.providers.dify.taking import taking_of
from chat.providers.timers import Timers


@dataclass(frozen=True, slots=True)
class Enclosed:
    """``uploaded`` as the question names them; ``left_out`` the app did not take."""

    uploaded: tuple[Mapping[str, str], ...] = ()
    left_out: tuple[Picture | Document, ...] = ()


def files_of(request: ChatRequest, *, is_known: bool) -> tuple[Picture | Document, ...]:
    """Of what is news to it."""
    news = request.conversation.news if request.conversation and is_known else ()
    spoken = [turn for turn in news or request.turns if turn.role == "user"]
    files: list[Picture | Document] = []
    for turn in spoken:
        files += [*turn.pictures, *turn.documents]
    return tuple(files)


async def enclose(backend: Backend, files: tuple[Picture | Document, ...], user: str, timers: Timers) -> Enclosed:
    """:raises Trouble: the server took nothing at all, for another reason than the file."""
    if not files:
        return Enclosed()
    taken, left_out = (await taking_of(backend, user)).split(files)
    uploaded: list[Mapping[str, str]] = []
    for file in taken:
        try:
            file_id = await calls.upload(backend, file, user, timers)
        except FileTrouble:
            left_out.append(file)
        else:
            uploaded.append({"type": kind_of(file), "transfer_method": "local_file", "upload_file_id": file_id})
    return Enclosed(tuple(uploaded), tuple(left_out))


def notice_of(enclosed: Enclosed) -> str:
    noun = "pictures" if all(isinstance(file, Picture) for file in enclosed.left_out) else "files"
    which = f"some of the {noun}" if enclosed.uploaded else f"the {noun}"
    return f"This app did not take {which}, so it was asked without them."
