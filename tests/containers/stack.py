"""A whole site of containers, from a copy of this checkout, brought up by the words of the documentation."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.containers.engine import override, shell
from tests.servers.processes import START_SECONDS, free_port
from tests.servers.programs import ROOT
from tests.site import Site

PROJECT = "chat-under-test"
GATEWAY = "172.31.240.1"  # the host, as the containers reach it
METRICS_TOKEN = "a-long-word"
CLONED = ("Dockerfile", ".dockerignore", "docker-compose.yml", "requirements.txt", "manage.py")
FOLDERS = ("chat", "chatsite", "templates", "static", "deploy")
FIRST_START = "docker compose up --build --detach"


@dataclass(slots=True)
class Stack:
    directory: Path
    port: int = field(default_factory=free_port)
    tokens: dict[str, str] = field(default_factory=dict)
    shape: str = ""  # how it was brought up last

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def site(self) -> Site:
        """As bots and those who read rows know one: nginx's port, and the database as the host reaches it."""
        address = self.inspect(self.ids("postgres")[0], "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}")
        return Site(self.directory, {"DATABASE_URL": f"postgres://chat:chat@{address}:5432/chat"}, port=self.port)

    def clone(self) -> None:
        for name in CLONED:
            shutil.copy(ROOT / name, self.directory)
        for name in FOLDERS:
            shutil.copytree(ROOT / name, self.directory / name, ignore=shutil.ignore_patterns("__pycache__"))
        (self.directory / "docker-compose.override.yml").write_text(override())
        self.run(f"{sys.executable} -m chatsite.first_env 127.0.0.1 {self.port}")
        with (self.directory / ".env").open("a") as env:
            env.write(f"PORT={self.port}\nMETRICS_TOKEN={METRICS_TOKEN}\n")

    def run(self, line: str, *, stdin: str = "") -> str:
        """A line of the documentation, in the directory of the clone."""
        return shell(line, self.directory, stdin=stdin, own={"COMPOSE_PROJECT_NAME": PROJECT})

    def up(self, line: str) -> None:
        """Unless it stands like this already."""
        if self.shape != line:
            self.shape = ""
            self.run(line)
            self.until_it_answers()
            self.shape = line

    def until_it_answers(self) -> None:
        """nginx is the last one, and compose does not wait until it listens."""
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            assert time.monotonic() < end, self.run("docker compose ps --all; docker compose logs --tail 50")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def down(self) -> None:
        self.run("docker compose --profile replies down --volumes --remove-orphans --timeout 5")

    def manage(self, words: str, *, stdin: str = "") -> str:
        return self.run(f"docker compose exec -T web python manage.py {words}", stdin=stdin)

    def ids(self, service: str) -> list[str]:
        return self.run(f"docker compose --profile replies ps --all --quiet {service}").split()

    def inspect(self, container: str, template: str) -> str:
        return self.run(f"docker inspect --format '{template}' {container}").strip()

    def is_healthy(self, container: str) -> bool:
        return self.inspect(container, "{{.State.Health.Status}}") == "healthy"

    def client(self, name: str = "") -> httpx.AsyncClient:
        """Somebody on this machine, with their token if they are named."""
        headers = {"Authorization": f"Bearer {self.tokens[name]}"} if name else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60, trust_env=False)


def written(page: str, found: Callable[[str], bool]) -> str:
    """The one block of a page's commands for which this is true, word for word."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(), flags=re.DOTALL)
    (block,) = (block for block in blocks if found(block))
    return str(block)
