"""Usage, limits and the switch, as staff have them."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.admin import reports
from chat.models import Room, SiteSettings, UsageLimit, User
from chat.models.usage import UsageDay
from tests.factories import make_assistant, make_reply
from tests.test_architecture import inline_in
from tests.usage.asking import spend

REPORT = "/admin/chat/usagerecord/report/"


@pytest.fixture
def client(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def spent(ana: User, ben: User, garden: Room) -> None:
    helper = make_assistant("helper", prompt_price=Decimal(1_000))
    spend(ana, helper, garden, 1_234, 56)
    spend(ben, helper, None, 10, 20)


def report(client: Client, **asked: str) -> str:
    response = client.get(REPORT, asked)
    assert response.status_code == 200
    return response.content.decode()


def rows(page: str) -> list[list[str]]:
    body = page.split('<table class="sums__table">')[1].split("</table>", maxsplit=1)[0]
    lines = re.findall(r"<tr>(.*?)</tr>", body)[1:]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", line)] for line in lines]


def test_the_table_is_grouped_as_asked(client: Client, spent: None):
    together = ["Together", "2", "1,244", "76", "$1.24"]

    assert rows(report(client, by="person")) == [
        ["ana", "1", "1,234", "56", "$1.23"],
        ["ben", "1", "10", "20", "$0.0100"],
        together,
    ]
    assert [row[0] for row in rows(report(client, by="room"))] == ["garden", "(outside of rooms)", "Together"]
    assert rows(report(client, by="assistant"))[0] == ["helper", *together[1:]]
    assert len(rows(report(client))) == 2


def test_a_day_long_ago_is_in_the_table_of_a_year(client: Client, spent: None, monkeypatch: pytest.MonkeyPatch):
    UsageDay.objects.update(day=timezone.now().date() - timedelta(days=300))

    page = report(client, days="365")

    assert [row[1] for row in rows(page)] == ["2", "2"]
    assert "<p>And " not in page
    monkeypatch.setattr(reports, "MOST_ROWS", 1)
    assert "<p>And 1 more" in report(client, by="person", days="365")


def test_the_plot_is_said_in_words_and_every_box_too(client: Client, spent: None):
    page = report(client, by="person", unit="requests")

    assert '<title id="plot-title">Requests per day</title>' in page
    assert len(re.findall(r"<rect [^>]*><title>[^<]+: 1 requests</title></rect>", page)) == 2
    assert set(re.findall(r'<rect [^>]*data-tint="(\d)"', page)) == {"6", "2"}


def test_the_report_needs_no_exception_from_the_policy(client: Client, spent: None):
    assert inline_in(report(client, by="assistant")) == []


@pytest.mark.parametrize("asked", [{"by": "nonsense"}, {"days": "-1"}, {"unit": "<script>"}, {}])
def test_nonsense_in_the_address_is_the_first_there_is(client: Client, spent: None, asked: dict[str, str]):
    assert rows(report(client, **asked)) == rows(report(client))


def test_every_link_of_the_report_leads_somewhere(client: Client, spent: None):
    links = re.findall(r'href="(\?by=[^"]+)"', report(client))

    assert len(links) == 11
    assert {client.get(REPORT + link.replace("&amp;", "&")).status_code for link in links} == {200}


def test_where_nothing_was_asked_there_is_no_plot(client: Client):
    page = report(client)

    assert "Nothing was asked" in page
    assert "<rect" not in page


def test_only_staff_see_it(ana: User, ben: User):
    """And of those whoever may see its rows."""
    User.objects.filter(pk=ben.pk).update(is_staff=True)
    statuses = []
    for person in (ana, ben):
        client = Client()
        client.force_login(person)
        statuses.append(client.get(REPORT).status_code)

    assert statuses == [302, 403]


def test_the_list_of_requests_leads_to_the_report(client: Client, spent: None):
    assert REPORT in client.get(reverse("admin:chat_usagerecord_changelist")).content.decode()


def test_a_limit_is_made_changed_and_taken_away(client: Client, ana: User):
    client.post(reverse("admin:chat_usagelimit_add"), {"scope": "person", "person": ana.pk, "tokens_per_day": 5})
    limit = UsageLimit.objects.get()
    assert (limit.person, limit.tokens_per_day, limit.tokens_per_month) == (ana, 5, None)

    client.post(reverse("admin:chat_usagelimit_change", args=[limit.pk]), {"tokens_per_month": 6})
    limit.refresh_from_db()
    assert (limit.person, limit.tokens_per_day, limit.tokens_per_month) == (ana, None, 6)

    client.post(reverse("admin:chat_usagelimit_delete", args=[limit.pk]), {"post": "yes"})
    assert UsageLimit.objects.count() == 0


def test_a_limit_of_nobody_is_for_everybody_once(client: Client):
    address = reverse("admin:chat_usagelimit_add")
    client.post(address, {"scope": "room", "requests_per_minute": 5})

    again = client.post(address, {"scope": "room", "requests_per_minute": 6}).content.decode()

    assert "There is a limit for everybody of this scope already." in again
    assert UsageLimit.objects.get().requests_per_minute == 5


def test_a_limit_names_only_one_of_its_scope(client: Client, ana: User):
    address = reverse("admin:chat_usagelimit_add")

    page = client.post(address, {"scope": "room", "person": ana.pk, "requests_per_minute": 5}).content.decode()

    assert "Name one of the scope, or nobody: then it is for everybody." in page
    assert UsageLimit.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_switching_assistants_off_stops_what_waits(client: Client, ana: User, garden: Room):
    reply = make_reply(garden, ana, make_assistant("helper", garden))

    switch = reverse("admin:chat_sitesettings_change", args=[1])
    assert switch in client.get(reverse("admin:chat_sitesettings_changelist")).content.decode()

    client.post(switch, {})

    reply.refresh_from_db()
    assert SiteSettings.current().has_assistants is False
    assert reply.status == "stopped"

    client.post(switch, {"has_assistants": "on"})
    assert SiteSettings.current().has_assistants is True


def test_somebody_who_is_not_staff_switches_nothing():
    from chat.exceptions import Forbidden
    from chat.services.sites import switch_assistants

    with pytest.raises(Forbidden):
        switch_assistants(on=False, by=User(username="eve"))
