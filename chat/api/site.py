from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from ninja import NinjaAPI
from ninja.openapi.docs import ABS_TPL_PATH, Swagger
from ninja.openapi.schema import OpenAPISchema

from chat.api import assistants, messages, replies, rooms
from chat.api.auth import BearerToken, Session
from chat.api.errors import explain_errors
from chat.api.parsing import JsonParser
from chat.api.streams import describe


class Api(NinjaAPI):
    @cache  # noqa: B019 - there is one, and its operations are known before anybody asks
    def _document(self) -> OpenAPISchema:
        document = super().get_openapi_schema()
        describe(document)
        return document

    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        """It takes 0.1 s, is the same for everybody, and is asked for by whoever likes."""
        return self._document()


class Page(Swagger):
    template_cdn = str(ABS_TPL_PATH / "swagger.html")  # what it takes where it is no installed application


api = Api(
    title=f"{settings.SITE_NAME} API",
    version="1",
    description="Rooms, messages and assistants. Errors are `{code, detail}`; `Retry-After` says how long to wait.",
    auth=[BearerToken(), Session()],
    parser=JsonParser(),
    docs=Page(settings={"persistAuthorization": False}),
    urls_namespace="api",
)
explain_errors(api)
api.add_router("/rooms", rooms.router)
api.add_router("", messages.router)
api.add_router("/messages", replies.router)
api.add_router("/assistants", assistants.router)
