"""What is asked of the database all the time: each path is one act of a reader, a writer, a worker or the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from uuid import uuid4

from django.db import transaction
from django.test import Client

from chat import events
from chat.access import Credentials, Ticket, no_longer_welcome
from chat.catchup import catch_up
from chat.hub.running import load_running
from chat.hub.waiting import ended_among
from chat.hub.watch import revisions_of
from chat.models import Assistant, Membership, Message, Room, User
from chat.replies import ledger
from chat.replies.briefing import brief
from chat.replies.checkpoints import Progress, checkpoint
from chat.replies.outcomes import Outcome
from chat.scraping import open_replies
from chat.services.asking import ask
from chat.services.messages import delete_message, edit_message, mark_read, post_message
from chat.services.posting import Words, post_together
from chat.services.stopping import stop_all_in
from chat.services.tokens import create_token
from chat.usage import reserve, settle
from chat.visits import Knock, open_visits

BEHIND = 20


@dataclass
class Scene:
    """One room, one of its people, and where they look."""

    room: Room
    reader: User

    def __post_init__(self) -> None:
        self.middle = self.room.last_sequence // 2
        self.member = Membership.objects.get(room=self.room, user=self.reader)

    @cached_property
    def client(self) -> Client:
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(self.reader)
        return client

    @property
    def session_key(self) -> str:
        return self.client.session.session_key or ""

    def get(self, path: str, *, htmx: bool = False) -> None:
        headers = {"HX-Request": "true"} if htmx else {}
        answer = self.client.get(f"/rooms/{self.room.slug}/{path}", headers=headers)
        assert answer.status_code == 200, answer.status_code
        assert answer.content

    def be_behind(self, count: int) -> None:
        Membership.objects.filter(pk=self.member.pk).update(last_read_sequence=self.room.last_sequence - count)

    def say(self, text: str = "and now?") -> Message:
        return post_message(room=self.room, author=self.reader, text=text, client_id=uuid4()).message


Path = Callable[[Scene], object]


def room_page(scene: Scene) -> None:
    scene.get("")


def page_around(scene: Scene) -> None:
    scene.get(f"?around={scene.middle}")


def history_before(scene: Scene) -> None:
    scene.get(f"messages/?before={scene.middle}", htmx=True)


def history_after(scene: Scene) -> None:
    scene.get(f"messages/?after={scene.middle}", htmx=True)


def history_poll(scene: Scene) -> None:
    revision = Room.objects.values_list("revision", flat=True).get(pk=scene.room.pk)
    scene.get(f"messages/?since={revision - BEHIND}", htmx=True)


def api_history(scene: Scene) -> None:
    """As a bot reads it."""
    _, secret = create_token(user=scene.reader, name="a bot")
    for bounds in (f"before={scene.middle}", f"after={scene.middle}", f"since={scene.room.revision - BEHIND}"):
        path = f"/api/rooms/{scene.room.slug}/messages?{bounds}"
        assert (
            Client(SERVER_NAME="127.0.0.1").get(path, headers={"Authorization": f"Bearer {secret}"}).status_code == 200
        )


def sync(scene: Scene) -> None:
    assert catch_up(scene.room.pk, scene.room.revision - BEHIND).changes


def sync_too_much(scene: Scene) -> None:
    catch_up(scene.room.pk, 1)


def connect(scene: Scene) -> None:
    open_visits([Knock(Credentials(session_key=scene.session_key), scene.room.slug)])


def post(scene: Scene) -> None:
    post_message(room=scene.room, author=scene.reader, text="Shall we meet at nine?", client_id=uuid4())


def posts_together(scene: Scene) -> None:
    post_together(scene.room, [Words(scene.reader, f"At {hour}?", uuid4()) for hour in range(3)])


def post_again(scene: Scene) -> None:
    client_id = Message.objects.in_room(scene.room).filter(author=scene.reader).newest(1)[0].client_id
    posted = post_message(room=scene.room, author=scene.reader, text="Shall we meet at nine?", client_id=client_id)
    assert not posted.is_new


def edit(scene: Scene) -> None:
    edit_message(message=scene.say(), by=scene.reader, text=f"Shall we meet at {uuid4()}?")


def delete(scene: Scene) -> None:
    delete_message(message=scene.say(), by=scene.reader)


def read(scene: Scene) -> None:
    scene.be_behind(3)
    mark_read(room=scene.room, user=scene.reader, sequence=scene.room.last_sequence)


def reply(scene: Scene) -> None:
    """Queued, claimed, briefed, paid for, saved on its way, and ended."""
    prompt = scene.say("@crowd-helper what is this?")
    lease = next(lease for lease in ledger.claim("a writer", limit=10) if lease.prompt_id == prompt.pk)
    assistant = Assistant.objects.get(user__username="crowd-helper")
    brief(lease)
    permit = reserve(person=scene.reader, room=scene.room, assistant=assistant, prompt_tokens=10)
    load_running(scene.room.pk)
    ended_among([lease.message_id])
    ledger.renew("a writer", [lease.reply_id])
    progress = Progress(text="so", html="<p>so</p>", sequence=1, model="demo", first_token_at=None)
    checkpoint(lease, progress)
    settle(permit, prompt_tokens=10, completion_tokens=10)
    ledger.finish(lease, Outcome(status=Message.Status.COMPLETE, reason="stop", text="so"))


def question(scene: Scene) -> None:
    """Of a program, and the same once more."""
    ask_it = partial(ask, by=scene.reader, text="why?", room=scene.room.slug, client_id=uuid4())
    assert ask_it(assistant="crowd-helper") == ask_it(assistant="crowd-helper")


def idle_worker(scene: Scene) -> None:
    """Every two seconds in each process: is anything to be done?"""
    assert not ledger.claim("a writer", limit=10)
    ledger.free_leases_of_the_dead(frozenset())


def scrape(scene: Scene) -> None:
    """Every 15 seconds or so: how many replies wait, and how long."""
    open_replies()


def edit_form(scene: Scene) -> None:
    """With the question whether what was said may be asked again."""
    message = Message.objects.in_room(scene.room).filter(author=scene.reader, deleted_at=None).newest(1)[0]
    assert scene.client.get(f"/messages/{message.pk}/edit").status_code == 200


def rooms(scene: Scene) -> None:
    assert scene.client.get("/rooms/").status_code == 200


def chats(scene: Scene) -> None:
    assert scene.client.get("/chats/").status_code == 200


def search(scene: Scene) -> None:
    """For words that are in many messages, and for one that is in none."""
    for words in ("the release", "nowhere"):
        assert scene.client.get("/search/", {"q": f"in:{scene.room.slug} {words}"}).status_code == 200


def stop_everything(scene: Scene) -> None:
    """Assistants are switched off in a room."""
    with events.changing(scene.room.pk) as room:
        stop_all_in(room, scene.reader)


def beat(scene: Scene) -> None:
    """Every 25 seconds in each process: where do the rooms stand, and who may still watch?"""
    revisions_of([scene.room.pk])
    no_longer_welcome([Ticket(scene.reader.pk, scene.room.pk, session_key=scene.session_key)])


PATHS: dict[str, Path] = {
    "the page of a room": room_page,
    "the page around a message": page_around,
    "history before a message": history_before,
    "history after a message": history_after,
    "polling: changed since": history_poll,
    "the API, asked three times": api_history,
    "`sync` since": sync,
    "`sync` from the beginning": sync_too_much,
    "a connect": connect,
    "a post": post,
    "posts at the same moment": posts_together,
    "a post sent again": post_again,
    "an edit": edit,
    "a deletion": delete,
    "the read pointer": read,
    "a reply, from question to end": reply,
    "a program's question, asked again": question,
    "a worker with nothing to do": idle_worker,
    "the beat of a process": beat,
    "a scrape of the metrics": scrape,
    "the form to edit a message": edit_form,
    "the list of rooms": rooms,
    "one's chats": chats,
    "two searches": search,
    "assistants switched off in a room": stop_everything,
}


def scene_in(slug: str) -> Scene:
    room = Room.objects.get(slug=slug)
    scene = Scene(room, User.objects.get(username="crowd-1"))
    scene.be_behind(BEHIND)
    return scene


def undone(path: Path, scene: Scene) -> None:
    """Do it, and leave no trace: the next one finds the same."""
    with transaction.atomic():
        path(scene)
        transaction.set_rollback(True)
