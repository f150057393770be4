"""A page that was opened before others changed its row."""

from __future__ import annotations

from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.db.models import Model

from chat.models import Assistant, Membership, Room, SiteSettings, UsageLimit, User
from chat.services.assistants import save_assistant
from chat.services.limits import set_limit
from chat.services.memberships import change_role
from chat.services.people import change_account, change_profile
from chat.services.sites import switch_assistants
from tests.admin.acting import Staff, page, staff
from tests.factories import make_assistant
from tests.views.markup import filled_in, parse

__all__ = ["staff"]
pytestmark = pytest.mark.django_db(transaction=True)


def opened(staff: Staff, row: Model) -> dict[str, str]:
    """The form, as it is filled in."""
    shown = staff.client.get(page("change", row)).content
    (form,) = parse(shown).find("form", id=f"{row._meta.model_name}_form")
    return filled_in(form)


def test_who_is_no_longer_staff_does_not_become_it_again(staff: Staff, ana: User):
    change_account(person=ana, is_staff=True)
    form = opened(staff, ana)
    change_account(person=ana, is_staff=False)

    staff.change(ana, **{**form, "display_name": "Ana B."})

    ana.refresh_from_db()
    assert (form["is_staff"], ana.is_staff, ana.is_superuser) == ("on", False, False)
    assert ana.display_name == "Ana B."


def test_what_somebody_changed_about_themselves_stays(staff: Staff, ana: User):
    change_account(person=ana, email="old@example.org")
    form = opened(staff, ana)
    change_account(person=ana, email="new@example.org")
    EmailAddress.objects.create(user=ana, email="new@example.org", primary=True, verified=True)
    change_profile(user=ana, display_name="Ana B.", avatar_emoji="🐳", avatar_tint=3, time_zone="")

    staff.change(ana, **{**form, "time_zone": "Europe/Paris"})

    ana.refresh_from_db()
    assert (ana.display_name, ana.avatar_emoji, ana.avatar_tint) == ("Ana B.", "🐳", 3)
    assert (ana.time_zone, ana.email) == ("Europe/Paris", "new@example.org")
    assert EmailAddress.objects.get().email == "new@example.org"


def test_of_a_password_the_page_has_no_more_than_it_shows(staff: Staff, ana: User):
    shown = staff.client.get(page("change", ana)).content.decode()

    assert ana.password.rpartition("$")[2] not in shown
    assert "initial-password" not in shown


def test_an_assistant_that_was_switched_off_stays_off(staff: Staff):
    helper = make_assistant("helper")
    save_assistant(slug="helper", headers={"x-team": "garden"}, temperature=0.5, prompt_price="0.15")
    form = opened(staff, helper)
    save_assistant(slug="helper", enabled=False, headers={"x-team": "harbour"}, at_once=3)

    staff.change(helper, **{**form, "model": "gpt-x"})

    changed = Assistant.objects.get()
    assert (form["enabled"], changed.enabled, changed.model) == ("on", False, "gpt-x")
    assert (changed.headers, changed.at_once, changed.temperature) == ({"x-team": "harbour"}, 3, 0.5)


def test_a_limit_keeps_the_numbers_that_were_set_since(staff: Staff, ana: User):
    limit = set_limit(scope="person", subject=ana, tokens_per_day=20_000)
    form = opened(staff, limit)
    set_limit(scope="person", subject=ana, tokens_per_day=100)

    staff.change(limit, **{**form, "cost_per_month": "5"})

    changed = UsageLimit.objects.get()
    assert (form["tokens_per_day"], changed.tokens_per_day, changed.cost_per_month) == ("20000", 100, Decimal(5))


def test_assistants_that_were_switched_off_on_the_site_stay_off(staff: Staff):
    here = SiteSettings.objects.create(pk=1)
    form = opened(staff, here)
    switch_assistants(on=False, by=staff.user)

    staff.change(here, **form)

    assert (form["has_assistants"], SiteSettings.current().has_assistants) == ("on", False)


def test_who_was_made_an_owner_stays_one(staff: Staff, garden: Room, ben: User):
    membership = Membership.objects.get(room=garden, user=ben)
    form = opened(staff, membership)
    change_role(room=garden, by=None, user=ben, role="owner")

    staff.change(membership, **form)

    membership.refresh_from_db()
    assert (form["role"], membership.role) == ("member", "owner")
