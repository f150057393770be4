from __future__ import annotations

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.types import DictStrAny

from chat.exceptions import BadRequest, UnexpectedContent


class JsonParser(Parser):
    """JSON that says it is JSON, and is an object."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        if request.content_type != "application/json":
            raise UnexpectedContent
        parsed = super().parse_body(request)
        if not isinstance(parsed, dict):
            raise BadRequest
        return parsed
