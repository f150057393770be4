"""An app of Dify's on a loopback port: it keeps conversations and files, each for one user, and can be stopped."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fake_llm import JSON, FakeLLM, Piece, Recorded, Script

PING = b"event: ping\n\n"


@dataclass
class Turn:
    """One answer to be: its names, and what stops it."""

    task_id: str
    message_id: str
    conversation_id: str
    stopped: threading.Event = field(default_factory=threading.Event)

    def event(self, kind: str, **fields: Any) -> bytes:
        named = {name: getattr(self, name) for name in ("task_id", "message_id", "conversation_id")}
        return b"data: " + json.dumps({"event": kind, **named, "created_at": 1, **fields}).encode() + b"\n\n"

    def end(self, **usage: Any) -> bytes:
        counted = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12, **usage}
        return self.event("message_end", id=self.message_id, metadata={"usage": counted})


Answer = Callable[[Turn], Script]


def app(*pieces: Callable[[Turn], Piece] | Piece, **options: Any) -> Answer:
    """An answer of these pieces, of which some want to know its names."""
    return lambda turn: Script([piece(turn) if callable(piece) else piece for piece in pieces], **options)


def says(answer: str, kind: str = "message", **fields: Any) -> Callable[[Turn], bytes]:
    return lambda turn: turn.event(kind, answer=answer, **fields)


def tells(kind: str, **fields: Any) -> Callable[[Turn], bytes]:
    return lambda turn: turn.event(kind, **fields)


def ends(turn: Turn) -> bytes:
    return turn.end()


def until_stopped(turn: Turn) -> threading.Event:
    return turn.stopped


def chatbot(text: str) -> Answer:
    words = [says(word if number == 0 else f" {word}") for number, word in enumerate(text.split(" "))]
    return app(PING, *words, ends)


def refusal(status: int, code: str, message: str = "no", **headers: str) -> Script:
    body = {"code": code, "message": message, "status": status}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Script([json.dumps(body).encode()], status=status, content_type=JSON, headers=named)


def in_json(body: object, status: int = 200) -> Script:
    return Script([json.dumps(body).encode()], status=status, content_type=JSON)


class FakeDify(FakeLLM):
    """``with FakeDify() as dify``: ``dify.turns`` are its answers, ``dify.calls`` what else it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.conversations: dict[str, str] = {}  # to the user who may go on with it
        self.completed: set[str] = set()
        self.files: dict[str, tuple[str, str]] = {}  # to its user and its MIME type
        self.feedback: dict[tuple[str, str], tuple[str, str]] = {}
        self.turns: list[Turn] = []
        self.calls: list[Recorded] = []
        self.info: Script = in_json({"name": "Support", "description": "", "tags": [], "mode": "chat"})
        self.form: list[dict[str, Any]] = []
        self.file_upload: dict[str, Any] = {}  # what it says it takes
        self.uploading: Script | None = None  # instead of taking a file
        self.refused: dict[str, Script] = {}  # of these MIME types it takes none
        self._answers: list[Answer | Script] = [chatbot("1 2 3")]

    def answers(self, *answers: Answer | Script) -> None:
        """Used up one by one; the last one stays."""
        self._answers = list(answers)

    def _script_for(self, request: Recorded) -> Script:
        path = request.path.partition("?")[0].removeprefix("/v1")
        if path == "/chat-messages":
            self.requests.append(request)
            return self._chat(request)
        self.calls.append(request)
        if path == "/files/upload":
            return self.uploading or self._upload(request)
        if found := re.fullmatch(r"/chat-messages/(.+)/stop", path):
            return self._stop(found[1], request.json["user"])
        if found := re.fullmatch(r"/messages/(.+)/feedbacks", path):
            return self._rate(found[1], request.json)
        return {
            "/info": self.info,
            "/parameters": in_json({"user_input_form": self.form, "file_upload": self.file_upload}),
        }[path]

    def _chat(self, request: Recorded) -> Script:
        asked, user = request.json, request.json["user"]
        if asked["response_mode"] != "streaming":
            return refusal(400, "invalid_param", "Agent Chat App does not support blocking mode")
        if any(self.files.get(file["upload_file_id"], ("",))[0] != user for file in asked["files"]):
            return refusal(400, "invalid_param", "Invalid upload file")
        conversation = asked["conversation_id"]
        if conversation and self.conversations.get(conversation) != user:
            return refusal(404, "not_found", "Conversation Not Exists.")
        if conversation in self.completed:
            return refusal(400, "conversation_completed", "Conversation has ended.")
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Script):
            return answer
        return answer(self._begin(conversation, user))

    def _begin(self, conversation: str, user: str) -> Turn:
        number = len(self.turns) + 1
        conversation = conversation or f"conversation-{number}"
        self.conversations[conversation] = user
        self.turns.append(Turn(f"task-{number}", f"message-{number}", conversation))
        return self.turns[-1]

    def _stop(self, task_id: str, user: str) -> Script:
        for turn in self.turns:
            if turn.task_id == task_id and self.conversations[turn.conversation_id] == user:
                turn.stopped.set()
        return in_json({"result": "success"})  # always, as the real one

    def _upload(self, request: Recorded) -> Script:
        body = request.body.decode("latin-1")
        users = re.findall(r'name="user"\r\n\r\n([^\r]*)\r\n', body)
        types = re.findall(r'name="file"; filename="[^"]+"\r\nContent-Type: ([^\r]+)\r\n', body)
        if not types:
            return refusal(415, "unsupported_file_type", "File type not allowed.")
        if types[0] in self.refused:
            return self.refused[types[0]]
        file_id = f"file-{len(self.files) + 1}"
        self.files[file_id] = (users[0], types[0])
        return in_json({"id": file_id, "name": "picture", "size": 1, "mime_type": types[0]}, status=201)

    def _rate(self, message_id: str, said: dict[str, Any]) -> Script:
        place = (message_id, said["user"])
        if said["rating"] is None and place not in self.feedback:
            return refusal(400, "invalid_param", "rating cannot be None when feedback not exists")
        self.feedback[place] = (said["rating"], said["content"])
        return in_json({"result": "success"})


def uploads_of(dify: FakeDify) -> list[Recorded]:
    return [call for call in dify.calls if call.path.endswith("/files/upload")]


def paths_of(requests: Sequence[Recorded]) -> list[str]:
    return [request.path.partition("?")[0].removeprefix("/v1") for request in requests]
