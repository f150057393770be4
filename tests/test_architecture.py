"""The house's rules, where a machine can hold them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.programs import ROOT

MODULES = sorted(path for name in ("chat", "chatsite") for path in (ROOT / name).rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
INLINE = re.compile(r"<style|\sstyle\s*=|\son[a-z]+\s*=|\shx-on|javascript:", re.IGNORECASE)
# A script with src, or a block of data: nothing that the page's policy would have to allow.
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*\stype=[\"']application/json)", re.IGNORECASE)
# asgi.py only names the settings, as Django's own does.
READS_ENVIRONMENT = {
    "chatsite/environment.py",
    "chatsite/asgi.py",
    "chatsite/allocator.py",
}  # the last before any setting


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_imports_go_down_only():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_file_fits_in_a_head():
    written = [path for path in MODULES if "migrations" not in path.parts]
    lengths = {named(path): len(path.read_text().splitlines()) for path in written}

    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_an_element_fits_there_too():
    lengths = {path.name: len(path.read_text().splitlines()) for path in (ROOT / "static/js").rglob("*.js")}

    assert {name: length for name, length in lengths.items() if length > 250} == {}


def test_the_environment_is_read_in_one_place():
    assert {named(path) for path in MODULES if reads_environment(path)} <= READS_ENVIRONMENT


def reads_environment(path: Path) -> bool:
    tree = list(ast.walk(ast.parse(path.read_text())))
    used = {node.attr for node in tree if isinstance(node, ast.Attribute)}
    imported = {alias.name for node in tree if isinstance(node, ast.ImportFrom) for alias in node.names}
    return bool({"environ", "getenv"} & (used | imported))


def test_templates_need_no_exception_from_the_policy():
    """But for a file that is downloaded: it is no page of ours, and carries its style and a policy of its own."""
    pages = [path for path in TEMPLATES if named(path) != "templates/chat/export/head.html"]

    assert {named(path): inline_in(path.read_text()) for path in pages if inline_in(path.read_text())} == {}


def inline_in(text: str) -> list[str]:
    text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", text, flags=re.DOTALL)
    return INLINE.findall(text) + INLINE_SCRIPT.findall(text)


@pytest.mark.parametrize("text", ["<script>x</script>", '<p style="x">', '<a onclick="x">', '<b hx-on:click="x">'])
def test_the_policy_test_sees_what_is_inline(text):
    assert inline_in(text) != []


@pytest.mark.parametrize("text", ['<script src="/a.js" defer></script>', '<script type="application/json">{}</script>'])
def test_the_policy_test_lets_files_and_blocks_of_json_be(text):
    assert inline_in(text) == []


def test_nothing_but_the_events_sends_to_groups():
    senders = {named(path) for path in MODULES if re.search(r"\.group_send\(", path.read_text())}

    assert {sender for sender in senders if not sender.startswith("chat/events")} == set()


def test_rendering_text_needs_no_database():
    modules = [path for path in MODULES if "markup" in path.parts]

    assert {named(path) for path in modules if re.search(r"django\.(?:db|contrib|apps)", path.read_text())} == set()


def test_a_site_on_embedded_defaults_loads_nothing_of_servers_it_does_not_have():
    servers = {"psycopg", "psycopg_pool", "redis", "channels_redis"}

    loaded = loaded_by("import chatsite.asgi, chatsite.server, chatsite.loading as pages; pages.load_pages()")

    assert "daphne" in loaded
    assert loaded & servers == set()


def test_a_command_loads_nothing_of_the_api_the_server_or_the_admin_s_pages():
    loaded = loaded_by("import django; django.setup(); import chat.management.commands.setup")

    assert "django" in loaded
    assert loaded & {"ninja", "pydantic", "django.test", "daphne.server", "chat.admin"} == set()


def test_the_admin_s_pages_are_loaded_to_be_checked():
    loaded = loaded_by(
        "import django; django.setup(); from django.core import checks; checks.run_checks(tags=['admin'])"
    )

    assert "chat.admin" in loaded


def loaded_by(code: str) -> set[str]:
    """What a fresh process has loaded after this."""
    environment = {"PATH": "", "ENV_FILE": "", "SECRET_KEY": "x", "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    words = [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"]
    done = subprocess.run(words, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_who_signs_up_in_the_browser_tests_has_a_name_nobody_else_has():
    """They share a site; those who have one of their own call themselves ana and ben."""
    signed_up = re.compile(r'visitors\.sign_up\("([^"]+)"')
    names = [name for path in (ROOT / "tests/e2e").glob("*.py") for name in signed_up.findall(path.read_text())]

    assert {name for name in names if names.count(name) > 1} <= {"ana", "ben"}
