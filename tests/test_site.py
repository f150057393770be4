from __future__ import annotations

import socket
import subprocess
import sys
from http.client import HTTPConnection

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.servers.processes import DidNotStart
from tests.servers.programs import ROOT
from tests.site import CommandFailed


@pytest.fixture
def site(site_factory):
    return site_factory().migrate()


def get(site, path, **headers):
    return httpx.get(f"{site.url}{path}", headers=headers, trust_env=False)


def test_it_serves_without_debug_or_collected_files(site):
    site.start()

    assert get(site, "/healthz").status_code == 200
    assert get(site, "/static/admin/css/base.css").headers["content-type"] == 'text/css; charset="utf-8"'
    assert get(site, "/no/such/page").status_code == 404


def test_a_socket_that_is_refused_is_told_its_number(site):
    site.start()

    with pytest.raises(InvalidStatus, match="403") as refused:
        connect(f"{site.url.replace('http', 'ws')}/ws/rooms/general/", origin=Origin("null"), proxy=None)

    number = refused.value.response.headers["X-Request-ID"]
    assert len(number) == 32
    site.wait_for_words(number)


def test_setup_twice_is_setup_once(site_factory):
    site = site_factory().prepare()

    assert "New assistant" not in site.manage("setup")


def test_it_comes_back_at_the_same_address_after_a_kill(site):
    site.start()
    first = site.pid
    site.kill()

    site.start()

    assert get(site, "/healthz").status_code == 200
    assert site.pid != first


def test_another_process_serves_the_same_site_beside_it(site, redis_url):
    site.environment["REDIS_URL"] = redis_url
    other = site.start().beside().start()

    assert get(other, "/readyz").status_code == 200
    assert other.url != site.url


def test_every_page_has_the_strict_policy(site):
    site.start()

    answer = get(site, "/accounts/login/")

    assert answer.status_code == 200
    assert sorted(answer.headers["content-security-policy"].split("; ")) == [
        "base-uri 'self'",
        "default-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
    ]
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-frame-options"] == "DENY"


def test_behind_a_trusted_proxy_https_is_https(site):
    site.environment.update(SITE_URL="https://chat.example.org", TRUSTED_PROXIES="127.0.0.1")
    site.start()

    plain = get(site, "/accounts/login/", host="chat.example.org")
    forwarded = get(site, "/accounts/login/", host="chat.example.org", **{"x-forwarded-proto": "https"})

    assert (plain.status_code, plain.headers["location"]) == (301, "https://chat.example.org/accounts/login/")
    assert forwarded.status_code == 200
    assert "Secure" in forwarded.headers["set-cookie"]
    assert forwarded.headers["strict-transport-security"] == "max-age=31536000"


def test_whoever_comes_without_tls_is_sent_to_the_port_that_speaks_it(site):
    site.environment.update(SITE_URL="https://chat.example.org:8443")
    site.start()

    answers = [get(site, "/accounts/login/?next=/", host=f"chat.example.org{port}") for port in ("", ":8080")]

    assert [answer.headers["location"] for answer in answers] == [
        "https://chat.example.org:8443/accounts/login/?next=/",
    ] * 2


def test_from_anybody_else_a_forwarded_header_changes_nothing(site):
    site.environment.update(SITE_URL="https://chat.example.org")
    site.start()

    answer = get(site, "/accounts/login/", host="chat.example.org", **{"x-forwarded-proto": "https"})

    assert answer.status_code == 301


def test_nobody_says_how_our_addresses_begin(site):
    site.start()
    begun = {"daphne-root-path": "/static"}

    assert get(site, "/static/accounts/login/", **begun).status_code == 404
    assert get(site, "/accounts/login/", **begun).status_code == 200
    with pytest.raises(InvalidStatus, match="403"):
        connect(f"{site.url.replace('http', 'ws')}/ws/rooms/general/", additional_headers=begun, proxy=None)


@pytest.mark.parametrize("offered", ["caf\xe9", "chat%2Ejson.v1"])
def test_what_is_no_name_of_a_dialect_is_passed_over(site, offered):
    site.start()
    fields = [
        "GET /ws/rooms/general/ HTTP/1.1",
        f"Host: 127.0.0.1:{site.port}",
        f"Origin: {site.url}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {offered}",
    ]

    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as line:
        line.sendall("\r\n".join([*fields, "", ""]).encode("latin-1"))
        answer = line.recv(4096).decode("latin-1").lower()

    assert answer.startswith("http/1.1 101")
    assert "sec-websocket-protocol" not in answer


def test_a_key_is_mailed_with_no_way_to_somebody_elses_server(site, tmp_path):
    site.environment["EMAIL_URL"] = f"filemail://{tmp_path / 'mails'}"
    site.manage("adduser", "ana", "--email", "ana@example.org")
    site.start()
    form = get(site, "/accounts/password/reset/")
    token = form.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    body = f"csrfmiddlewaretoken={token}&email=ana%40example.org"
    kind = {"content-type": "application/x-www-form-urlencoded", "cookie": f"csrftoken={form.cookies['csrftoken']}"}

    def ask(begun):
        line = HTTPConnection("127.0.0.1", site.port)
        line.request("POST", f"{begun}/accounts/password/reset/", body, {**kind, "daphne-root-path": begun})
        line.getresponse().read()
        line.close()

    ask("x:@elsewhere.example")
    ask("")

    lines = [line for mail in (tmp_path / "mails").iterdir() for line in mail.read_text().splitlines()]
    ways = [before for before, mark, _ in (line.partition("reset/key/") for line in lines) if mark]
    assert ways == [f"{site.url}/accounts/password/"]


def test_serving_without_a_key_is_refused_in_plain_words(site):
    site.environment["SECRET_KEY"] = ""

    with pytest.raises(DidNotStart, match="SECRET_KEY"):
        site.start()
    with pytest.raises(CommandFailed, match=r"CommandError: SECRET_KEY is not set\..*`python3 -m chatsite.first_env`"):
        site.manage("serve")


def test_another_server_is_refused_without_a_key_too():
    done = subprocess.run(
        [sys.executable, "-c", "import chatsite.asgi"], cwd=ROOT, env={"ENV_FILE": ""}, capture_output=True, check=False
    )

    assert b"SECRET_KEY" in done.stderr.splitlines()[-1]
    assert done.returncode == 1


def test_without_a_key_everything_but_serving_works(site):
    site.environment["SECRET_KEY"] = ""

    site.manage("check")
    site.manage("makemigrations", "--check", "--dry-run")
    site.manage("collectstatic", "--noinput", "--verbosity=0")


def test_collected_files_are_named_by_their_content_and_kept_for_ever(site):
    site.manage("collectstatic", "--noinput", "--verbosity=0")
    site.start()

    page = get(site, "/accounts/login/").text
    address = next(part for part in page.split('"') if part.startswith("/static/django_htmx/htmx-"))

    assert not address.endswith("/htmx-2.min.js")
    assert get(site, address).headers["cache-control"] == "max-age=315360000, public, immutable"
