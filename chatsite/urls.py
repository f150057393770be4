from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from chat import health
from chat.accounts import AddressConfirmed, SecondFactorSetUp

admin.autodiscover()
admin.site.site_header = f"{settings.SITE_NAME} for staff"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign] # second factor and limits
# Django's own page tells neither the list of sessions, nor whose account it is.
own_password = RedirectView.as_view(pattern_name="account_change_password")
admin.site.password_change = own_password  # type: ignore[method-assign, assignment]
admin.site.site_title = settings.SITE_NAME

instead_of_theirs = [
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", AddressConfirmed.as_view()),
    path("2fa/totp/activate/", SecondFactorSetUp.as_view(), name="mfa_activate_totp"),
]
urlpatterns = [
    path("", include("chat.urls")),
    path("accounts/", include(instead_of_theirs)),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("chat.api.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
handler400 = "chat.views.errors.bad_request"
handler404 = "chat.views.errors.not_found"
handler500 = "chat.views.errors.server_error"
handler429 = "chat.views.errors.too_many_requests"  # asked by allauth
