"""The site as an ASGI application: Django's pages, and our sockets."""

from __future__ import annotations

import os
from typing import cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

from asgiref.typing import ASGI3Application
from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.exceptions import ImproperlyConfigured

django_application = get_asgi_application()

from chat.routing import http, websockets  # noqa: E402 - models need the applications loaded
from chatsite.contents import Contents  # noqa: E402
from chatsite.cors import CrossOrigin  # noqa: E402
from chatsite.first_env import NO_KEY  # noqa: E402
from chatsite.loading import load_pages  # noqa: E402
from chatsite.proxies import TrustedProxies  # noqa: E402
from chatsite.refusing import Refusing  # noqa: E402
from chatsite.requestlog import RequestLog  # noqa: E402
from chatsite.starting import Starting  # noqa: E402

if settings.SECRET_KEY_IS_THROWAWAY:
    raise ImproperlyConfigured(NO_KEY)

load_pages()
pages = Contents(cast(ASGI3Application, django_application))
by_protocol = ProtocolTypeRouter(
    {
        "http": CrossOrigin(Refusing(cast(ASGI3Application, http(pages))), settings.CORS_ORIGINS),
        "websocket": websockets,
    }
)
application = TrustedProxies(RequestLog(Starting(by_protocol)), settings.TRUSTED_PROXIES)
