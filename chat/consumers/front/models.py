"""``GET /v1/models``: who can be asked. And whatever else a client of OpenAI's looks for."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from chat.consumers.front.completions import FrontConsumer
from chat.consumers.front.shapes import model_json
from chat.database import in_database
from chat.exceptions import NotFound
from chat.services.completions import model_named, models


class ModelsConsumer(FrontConsumer):
    methods = ("GET", "HEAD")

    async def answer(self, body: bytes) -> None:
        await self.who_asks()
        found = await in_database(models)
        await self.send_json(200, {"object": "list", "data": [model_json(assistant) for assistant in found]})


class ModelConsumer(FrontConsumer):
    methods = ("GET", "HEAD")

    async def answer(self, body: bytes) -> None:
        await self.who_asks()
        name = self.scope["url_route"]["kwargs"]["name"]
        await self.send_json(200, model_json(await in_database(model_named, name)))


class NothingHere(FrontConsumer):
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

    async def answer(self, body: bytes) -> None:
        raise NoSuchCall


class NoSuchCall(NotFound):
    text = gettext_lazy("There are GET /v1/models and POST /v1/chat/completions.")
