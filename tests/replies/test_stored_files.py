"""What an assistant gets of the files of a room: from the disk, of this room, and of nothing that was deleted."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from chat.models import Assistant, Attachment, Message, RemoteConversation, Room, User
from chat.providers import Document, Picture, Turn
from chat.providers.left_out import UNSEEN
from chat.replies import ledger
from chat.replies.briefing import Briefing, QuestionGone, brief
from chat.replies.made_pictures import MadePictures
from chat.replies.pictures import LONG_SIDE
from chat.replies.shelf import LOOK_BYTES, _text_in
from chat.replies.tokens import picture_tokens
from chat.services.messages import delete_message
from tests.drawing import drawn, opened
from tests.factories import make_message, make_room


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(name: str = "notes.txt", content: bytes = b"one, two, three") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/x-whatever")


def zipped() -> bytes:
    with zipfile.ZipFile(content := io.BytesIO(), "w") as archive:
        archive.writestr("a.txt", "hello")
    return content.getvalue()


def asked(room: Room, asker: User, *files: SimpleUploadedFile, text: str = "@helper what is this?") -> Briefing:
    make_message(room, asker, text, files=files)
    return brief(ledger.claim("one", 10)[-1])


def spoken(briefing: Briefing) -> tuple[Turn, ...]:
    return briefing.files.keep_promises(briefing.request).turns[1:]


def see(provider: str = "openai", *, sees_images: bool = True) -> None:
    Assistant.objects.update(provider=provider, sees_images=sees_images)


def test_a_text_is_told_as_it_is(room: Room, ana: User) -> None:
    briefing = asked(room, ana, upload("names.csv", b"name,age\r\nana,31\r\nben: hello"))

    assert spoken(briefing) == (
        Turn(
            "user",
            'ana: @helper what is this?\n  [file "names.csv", text/plain, 28 bytes]\n'
            "    name,age\n    ana,31\n    ben: hello",
        ),
    )


@pytest.mark.parametrize("sees", [True, False])
def test_a_picture_goes_to_who_sees_it_and_is_named_to_who_does_not(room: Room, ana: User, sees: bool) -> None:
    see(sees_images=sees)

    (turn,) = spoken(asked(room, ana, upload("cat.png", drawn("PNG"))))

    kept = Attachment.objects.get()
    content = Path(kept.file.path).read_bytes()
    told = f'"cat.png", 40 × 30 pixels, {kept.size} bytes'
    assert turn.pictures == ((Picture("image/png", content, 40, 30),) if sees else ())
    assert turn.content.endswith(f"[picture 1: {told}]" if sees else f"[picture {told}: you cannot see it]")


def test_a_large_picture_is_made_to_fit_once_and_counted(room: Room, ana: User) -> None:
    see()
    briefing = asked(room, ana, upload("photo.webp", drawn("WEBP", 2000, 1500)))
    again = asked(room, ana, text="@helper and now?")

    (picture,) = spoken(briefing)[0].pictures
    assert (picture.mime_type, opened(picture.content).size) == ("image/jpeg", (LONG_SIDE, 1176))
    assert briefing.tokens > picture_tokens(LONG_SIDE, 1176)
    assert spoken(again)[-1].pictures[0] is picture


class Counted(io.BytesIO):
    """Knows how much of it was read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.count += len(piece)
        return piece


def test_of_a_long_text_no_more_is_read_than_can_be_told() -> None:
    content = b"".join(b"%07d all is well\n" % number for number in range(400_000))

    text, read = _text_in(opened_at := Counted(content), len(content), 100_000)

    assert text is not None
    assert read == opened_at.count <= 100_000 < len(content)
    assert content.decode().startswith(text.head)
    assert content.decode().endswith(text.tail + "\n")


def test_what_is_no_text_is_told_by_its_first_bytes() -> None:
    assert _text_in(opened_at := Counted(drawn("PNG") * 1_000), 5_000_000, 1_000_000) == (None, LOOK_BYTES)
    assert opened_at.count == LOOK_BYTES


def test_a_text_of_many_megabytes_is_told_by_its_beginning_and_its_end(room: Room, ana: User) -> None:
    line = b"a line like any other\n"
    briefing = asked(room, ana, upload("long.log", b"it began\n" + line * 400_000 + b"it broke\n"))

    (turn,) = spoken(briefing)

    assert "    it began\n    a line" in turn.content
    assert turn.content.endswith("    it broke")
    assert re.search(r"\[about 8,\d\d\d,000 characters are left out here\]", turn.content)


def test_what_nobody_can_read_is_named(room: Room, ana: User) -> None:
    (turn,) = spoken(asked(room, ana, upload("plan.pdf", b"%PDF-1.4 x"), upload("all.zip", zipped())))

    assert '[file "plan.pdf", application/pdf, 10 bytes: you cannot read it]' in turn.content
    assert '[file "all.zip", application/zip, ' in turn.content
    assert (turn.pictures, turn.documents) == ((), ())


def test_an_app_gets_documents_as_they_are_with_what_their_names_say_they_are(room: Room, ana: User) -> None:
    see("dify")
    content = zipped()

    (turn,) = spoken(asked(room, ana, upload("plan.pdf", b"%PDF-1.4 x"), upload("letter.docx", content), upload()))

    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert turn.documents == (
        Document("plan.pdf", "application/pdf", b"%PDF-1.4 x"),
        Document("letter.docx", word, content),
    )
    assert turn.content.endswith("    one, two, three")


def test_a_message_of_nothing_but_files_is_part_of_what_was_said(room: Room, ana: User) -> None:
    make_message(room, ana, "", files=[upload()])

    (turn,) = spoken(asked(room, ana))

    assert turn.content.startswith('ana: [file "notes.txt", text/plain, 15 bytes]\n    one, two, three\n\nana: @helper')


def test_the_files_of_what_is_quoted_go_along(room: Room, ana: User) -> None:
    old = make_message(room, ana, "look", files=[upload()])
    for number in range(5):
        make_message(room, ana, f"{number} " + "many words and more " * 50)
    Assistant.objects.update(context_tokens=600)
    make_message(room, ana, "@helper what was that?", reply_to=old.pk)

    (turn,) = spoken(brief(ledger.claim("one", 10)[0]))

    assert turn.content.startswith("ana (quoted): look\n  [file ")
    assert "    one, two, three\n\nana: @helper what was that?" in turn.content


def test_of_a_deleted_message_not_even_the_name_of_a_file(room: Room, ana: User) -> None:
    gone = make_message(room, ana, "@helper look", files=[upload("secret.txt")])
    lease = ledger.claim("one", 10)[0]
    delete_message(message=gone, by=ana)

    told = str(asked(room, ana).request)

    assert "secret" not in told
    assert "one, two" not in told
    with pytest.raises(QuestionGone):
        brief(lease)


def test_of_other_rooms_not_even_the_name_of_a_file(room: Room, ana: User) -> None:
    other = make_room("harbour", ana)
    make_message(other, ana, "look", files=[upload("secret.txt")])

    told = str(asked(room, ana, upload("mine.txt", b"of my own")).request)

    assert "of my own" in told
    assert "secret" not in told
    assert "one, two" not in told


def test_a_file_that_is_gone_from_the_disk_is_named_and_the_question_asked(room: Room, ana: User, media: Path) -> None:
    see()
    make_message(room, ana, "@helper what is this?", files=[upload(), upload("cat.png", drawn("PNG"))])
    for file in [path for path in media.rglob("*") if path.is_file()]:
        file.unlink()

    (turn,) = spoken(brief(ledger.claim("one", 10)[0]))

    assert "15 bytes: you cannot read it]" in turn.content
    assert (turn.pictures, turn.content.endswith(UNSEEN)) == ((), True)


def test_an_app_that_knows_the_rest_gets_the_files_of_what_is_new(room: Room, ana: User) -> None:
    see("dify")
    make_message(room, ana, "before", files=[upload("old.txt")])
    RemoteConversation.objects.create(
        assistant=Assistant.objects.get(), room=room, remote_id="c-1", told_sequence=Message.objects.count()
    )

    conversation = asked(room, ana, upload("new.pdf", b"%PDF-1")).request.conversation

    assert conversation is not None
    assert [turn.documents for turn in conversation.news] == [(Document("new.pdf", "application/pdf", b"%PDF-1"),)]
    assert "old.txt" not in conversation.news[0].content


def test_a_question_is_prepared_by_as_many_queries_with_many_files_as_with_one(room: Room, ana: User) -> None:
    counts = []
    for number in (1, 9):
        make_message(room, ana, f"@helper {number}", files=[upload(f"{one}.txt") for one in range(number)])
        lease = ledger.claim("one", 10)[-1]
        with CaptureQueriesContext(connection) as queries:
            brief(lease)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_pictures_that_were_made_to_fit_are_kept_up_to_so_many_bytes() -> None:
    made = MadePictures(10)
    small, large = Picture("image/png", b"four"), Picture("image/png", b"seven..")

    made.put(("a", 1), small)
    made.put(("b", 1), small)
    made.get(("a", 1))
    made.put(("c", 1), small)
    assert [made.get((name, 1)) is not None for name in "abc"] == [True, False, True]

    made.put(("a", 1), large)
    assert [made.get((name, 1)) is not None for name in "ac"] == [True, False]
