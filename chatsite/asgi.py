"""The site as an ASGI application: Django's pages, and our sockets."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.exceptions import ImproperlyConfigured

django_application = get_asgi_application()

from chat.routing import websockets  # noqa: E402 - models need the applications loaded
from chatsite.proxies import TrustedProxies  # noqa: E402
from chatsite.starting import Starting  # noqa: E402

if settings.SECRET_KEY_IS_THROWAWAY:
    raise ImproperlyConfigured("SECRET_KEY: set it before serving. `make run` writes one into .env.")

application = TrustedProxies(
    Starting(ProtocolTypeRouter({"http": django_application, "websocket": websockets})), settings.TRUSTED_PROXIES
)
