"""What has to be there afterwards: of a backup, of an update, of a site that was taken down. And what must not."""

from __future__ import annotations

from tests.containers.stack import Stack, written

SENT = b"one two three " * 1000


def backup() -> str:
    return written("docs/operations.md", lambda block: "pg_dump" in block)


def restore() -> str:
    return written("docs/operations.md", lambda block: block.startswith("docker compose --profile replies stop"))


def update() -> str:
    return written("docs/operations.md", lambda block: block.startswith("git pull\ndocker compose"))


def pull_what_nginx_reads(stack: Stack) -> None:
    """A new file in the place of the old one, as git puts it there."""
    of_nginx = stack.directory / "deploy" / "nginx.conf"
    new = of_nginx.with_suffix(".new")
    new.write_text(of_nginx.read_text().replace("add_header X-R", "add_header X-Version 2; add_header X-R"))
    new.replace(of_nginx)


async def say(stack: Stack, text: str, *files: tuple[str, bytes]) -> str:
    """Where its first file is."""
    async with stack.client("ana") as ana:
        named = [("files", file) for file in files]
        said = await ana.post("/api/rooms/general/messages", data={"text": text}, files=named or {"none": b""})
        return "".join(file["url"] for file in said.raise_for_status().json()["attachments"][:1])


async def texts(stack: Stack) -> list[str]:
    async with stack.client("ben") as ben:
        answer = await ben.get("/api/rooms/general/messages")
        return [message["text"] for message in answer.raise_for_status().json()["messages"]]


async def fetched(stack: Stack, url: str) -> bytes:
    async with stack.client("ben") as ben:
        return (await ben.get(url)).raise_for_status().content


async def test_what_was_backed_up_is_there_again_after_the_lines_that_restore_it(plain: Stack) -> None:
    url = await say(plain, "before the backup", ("plan.txt", SENT))
    plain.run(backup())
    assert {(plain.directory / name).stat().st_mode & 0o777 for name in ("chat.dump", "chat-files.tar")} == {0o600}
    await say(plain, "after the backup")
    plain.run("docker compose exec -T web find /var/lib/chat/media -type f -delete")
    plain.run("docker compose exec -T postgres psql --username chat -c 'UPDATE chat_message SET text = upper(text)'")
    later = "CREATE TABLE chat_wing (message_id bigint REFERENCES chat_message)"  # of a version that was gone back from
    plain.run(f"docker compose exec -T postgres psql --username chat -c '{later}'")

    plain.run(restore())

    plain.until_it_answers()
    assert "before the backup" in await texts(plain)
    assert "after the backup" not in await texts(plain)
    assert await fetched(plain, url) == SENT
    kept = plain.run("docker compose exec -T web find /var/lib/chat/media -type f -printf '%U\\n'").split()
    assert set(kept) == {"10001"}
    assert "chat_wing" not in plain.run("docker compose exec -T postgres psql --username chat -c '\\dt'")
    assert " before_" in plain.run("docker compose exec -T postgres psql --username chat --list")
    await say(plain, "and on it goes", ("more.txt", SENT))
    assert (await texts(plain))[-1] == "and on it goes"


async def test_an_update_and_a_down_keep_what_was_said_and_sent(plain: Stack) -> None:
    url = await say(plain, "before the update", ("kept.txt", SENT))
    (web,) = plain.ids("web")
    (plain.directory / "templates" / "new.txt").write_text("a new version")  # another image
    plain.run(update().removeprefix("git pull\n"))
    plain.until_it_answers()
    assert plain.ids("web") != [web]
    assert plain.run("docker compose exec -T web cat templates/new.txt") == "a new version"
    pull_what_nginx_reads(plain)  # and nothing else: compose sees no reason to touch any container
    plain.run(update().removeprefix("git pull\n"))
    plain.until_it_answers()
    async with plain.client() as nobody:
        assert (await nobody.get("/healthz")).headers["x-version"] == "2"
    assert (await texts(plain))[-1] == "before the update"

    plain.run("docker compose down")
    assert plain.ids("web") == []
    plain.run("docker compose up --detach")
    plain.until_it_answers()
    assert (await texts(plain))[-1] == "before the update"
    assert await fetched(plain, url) == SENT


async def test_nothing_is_written_beside_the_volume(plain: Stack) -> None:
    await say(plain, "with a file", ("large.bin", b"x" * 3_000_000))  # comes in by the directory for temporary files
    (web,) = plain.ids("web")
    assert plain.run("docker compose exec -T web id --user") == "10001\n"
    assert set(plain.run(f"docker diff {web}").splitlines()) <= {"C /tmp"}
    assert plain.run("docker compose exec -T web find /tmp -type f") == ""
