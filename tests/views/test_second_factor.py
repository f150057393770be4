from __future__ import annotations

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from chat.models import User
from tests.factories import PASSWORD
from tests.views.conftest import browser


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_seen", [True, False])
def test_a_second_factor_that_is_switched_on_twice_is_on(
    ana: User, monkeypatch: pytest.MonkeyPatch, is_seen: bool
) -> None:
    client = browser(ana)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    pressed = {"code": format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))}
    client.post("/accounts/2fa/totp/activate/", pressed)
    if not is_seen:  # by the second, which came in the same moment, and found the same key
        monkeypatch.setattr("allauth.mfa.totp.views.is_mfa_enabled", lambda *args: False)
        monkeypatch.setattr("allauth.mfa.totp.internal.auth.validate_totp_code", lambda *args: True)

    answer = client.post("/accounts/2fa/totp/activate/", pressed, follow=True)

    assert answer.redirect_chain == [("/accounts/2fa/", 302)]
    assert "It is on." in answer.content.decode()
