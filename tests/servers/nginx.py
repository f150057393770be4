"""The web server before a site: deploy/nginx.conf itself, with ports and directories of a test's own filled in."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.servers.processes import DidNotStart, end, free_port, listens, wait_until
from tests.servers.programs import ROOT, Program

NGINX = Program(name="nginx", names=("nginx",), places=("usr/sbin/nginx", "usr/local/sbin/nginx"), package="nginx")
DEPLOYED = ROOT / "deploy" / "nginx.conf"
SITE = ROOT / "deploy" / "chat-site.conf"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
# Else root's nginx becomes somebody who may not enter the directories of a test.
AS_OURSELVES = "user root root;" if os.geteuid() == 0 else "#"
GRACE_SECONDS = 3  # what old workers give to sockets after a reload, instead of a minute
PROCESSES = """    server 127.0.0.1:8001 max_fails=0;
    server 127.0.0.1:8002 max_fails=0;
"""


class Nginx:
    """Started and stopped at will, before processes on these ports; its own port stays the same."""

    def __init__(self, directory: Path) -> None:
        self.program = NGINX.path()
        self.directory = directory
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def error_log(self) -> Path:
        return self.directory / "error.log"

    def configure(self, ports: Sequence[int], files: Path | None = None) -> None:
        """``files`` is the site's MEDIA_ROOT."""
        processes = "".join(f"    server 127.0.0.1:{port} max_fails=0;\n" for port in ports)
        temporary = "".join(f"{name}_temp_path {self.directory / name};\n" for name in TEMPORARY)
        site = filled_in(SITE, {PROCESSES: processes, "/srv/chat/media": str(files or self.directory / "media")})
        (self.directory / "chat-site.conf").write_text(site + temporary)
        own = {
            "user www-data;": AS_OURSELVES,
            "pid /run/nginx.pid;": f"pid {self.directory / 'nginx.pid'};",
            "worker_shutdown_timeout 60s;": f"worker_shutdown_timeout {GRACE_SECONDS}s;",
            "listen 80 ": f"listen 127.0.0.1:{self.port} ",
            "/var/log/nginx/access.log": str(self.directory / "access.log"),
            "/var/log/nginx/error.log": str(self.error_log),
        }
        (self.directory / "nginx.conf").write_text(filled_in(DEPLOYED, own))

    def start(self) -> None:
        command = [str(self.program), "-c", str(self.directory / "nginx.conf"), "-g", "daemon off;"]
        log = self.directory / "nginx.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        wait_until(lambda: listens(self.port), self._process, log)

    def reload(self) -> None:
        """New workers take whoever comes from now on; the old ones cut after a while who is still there."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        if self._process:
            end(self._process)
            self._process = None


def filled_in(path: Path, own: dict[str, str]) -> str:
    """Each of these stands in the file once, or the test would not start what is deployed."""
    text = path.read_text()
    for deployed, here in own.items():
        if text.count(deployed) != 1:
            raise DidNotStart(f"{path.name} holds {deployed!r} {text.count(deployed)} times")
        text = text.replace(deployed, here)
    return text
