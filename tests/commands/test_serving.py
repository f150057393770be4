"""What `serve` takes of its machine. Each in a process of its own: a limit that was raised stays raised."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.processes import free_port
from tests.servers.programs import ROOT
from tests.site import CommandFailed, Site


def limits_of(site: Site) -> tuple[str, str]:
    for line in Path(f"/proc/{site.pid}/limits").read_text().splitlines():
        if line.startswith("Max open files"):
            soft, hard = line.split()[3:5]
            return soft, hard
    raise AssertionError


def test_it_may_open_as_many_sockets_as_the_system_allows(site_factory: Callable[..., Site]):
    site = site_factory().migrate()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        site.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert limits_of(site) == (str(hard), str(hard))


def uvloop_directory() -> Path | None:
    """Beside the peers of the benchmarks: the site does not need it."""
    found = sorted(ROOT.glob(".venv*/lib/python*/site-packages/uvloop"))
    return found[0] if found else None


@pytest.mark.skipif(uvloop_directory() is None, reason="uvloop is not installed: `make bench` would")
def test_it_runs_and_ends_on_uvloop_where_that_is_installed(site_factory: Callable[..., Site], tmp_path: Path):
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "uvloop").symlink_to(uvloop_directory() or "")
    site = site_factory(PYTHONPATH=str(alone)).migrate()
    site.start()

    assert "uvloop/loop." in Path(f"/proc/{site.pid}/maps").read_text()
    site.stop()
    assert site.ended_with == 0


def allocator_of(site: Site) -> str:
    return "jemalloc" if "libjemalloc" in Path(f"/proc/{site.pid}/maps").read_text() else "Python's own"


def test_its_memory_comes_from_jemalloc_where_that_is_installed(jemalloc: str, site_factory: Callable[..., Site]):
    site = site_factory().migrate()
    site.start()

    assert allocator_of(site) == "jemalloc"
    site.stop()
    assert site.ended_with == 0


def test_so_does_that_of_who_writes_replies(jemalloc: str, site_factory: Callable[..., Site], redis_url: str):
    site = site_factory(REDIS_URL=redis_url).migrate()
    site.start_command("runreplies")

    while "Writing replies" not in site.log.read_text():
        time.sleep(0.05)
    assert allocator_of(site) == "jemalloc"
    site.stop()
    assert site.ended_with == 0


@pytest.mark.parametrize("chosen", [{"PYTHONMALLOC": "pymalloc"}, {"LD_PRELOAD": "libm.so.6"}], ids=str)
def test_what_the_operator_chose_is_left_as_it_is(chosen: dict[str, str], site_factory: Callable[..., Site]):
    site = site_factory(**chosen).migrate()
    site.start()

    assert allocator_of(site) == "Python's own"


def test_a_command_that_ends_is_not_started_twice(jemalloc: str):
    traced = "import sys; sys.addaudithook(lambda event, _: event == 'os.exec' and print('again', flush=True))"
    words = ["-c", f"{traced}; sys.argv = ['manage.py', 'version']; import manage; manage.main()"]
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)

    assert "again" not in done.stdout


ASKED = """
import json, sys
import chatsite.asgi
from django.template import engines
from django.test import Client
from chatsite.loading import template_names
cached = engines["django"].engine.template_loaders[0].get_template_cache
read = [set(template_names()) - set(cached), {name for name in sys.modules if name.startswith("chat")}]
client = Client(headers={"host": "127.0.0.1"})
statuses = [client.get(path).status_code for path in ("/accounts/login/", "/nowhere/", "/api/docs")]
later = {name for name in sys.modules if name.startswith("chat")} - read[1]
print(json.dumps([sorted(read[0]), statuses, sorted(later)]))
"""


def test_what_pages_are_made_of_is_read_before_the_first_so_that_an_update_may_replace_it(tmp_path: Path):
    """Half of one version and half of the next is an error in a process that has not been restarted yet."""
    own = {"ENV_FILE": "", "SECRET_KEY": "x" * 50, "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}
    done = subprocess.run([sys.executable, "-c", ASKED], env=own, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [[], [200, 404, 200], []]


def test_without_a_host_it_says_so_in_one_line(site_factory: Callable[..., Site]):
    with pytest.raises(CommandFailed, match="CommandError: No host is named: ") as refused:
        site_factory().manage("serve", "--host", "")

    assert "Traceback" not in str(refused.value)


def test_one_that_starts_again_with_each_change_ends_in_order_too(site_factory: Callable[..., Site]):
    site = site_factory().prepare().start_command("serve", "--reload", "--port", str(free_port()))
    site.wait_for_words("stop with Ctrl+C")

    site.stop()

    assert "Traceback" not in site.log.read_text()


def test_where_nothing_can_look_for_changes_it_says_what_to_do(site_factory: Callable[..., Site], tmp_path: Path):
    (tmp_path / "watchfiles.py").write_text("raise ModuleNotFoundError")

    with pytest.raises(CommandFailed, match=r"CommandError: --reload needs watchfiles, .*: `make dev`") as refused:
        site_factory(PYTHONPATH=str(tmp_path)).manage("serve", "--reload")

    assert "Traceback" not in str(refused.value)
