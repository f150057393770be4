from __future__ import annotations

from typing import TypeVar

import pydantic
from django.http import HttpRequest
from ninja import Schema
from ninja.errors import ValidationError
from ninja.parser import Parser
from ninja.types import DictStrAny

from chat.exceptions import BadRequest, UnexpectedContent

FORM = "multipart/form-data"
S = TypeVar("S", bound=Schema)


class JsonParser(Parser):
    """JSON that says it is JSON, and is an object."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        if request.content_type != "application/json":
            raise UnexpectedContent
        parsed = super().parse_body(request)
        if not isinstance(parsed, dict):
            raise BadRequest
        return parsed


def json_or_form(request: HttpRequest, shape: type[S]) -> S:
    """For a call that takes files: what ninja reads by itself, it reads into memory.

    :raises ValidationError: :raises BadRequest: :raises UnexpectedContent:
    """
    try:
        return shape.model_validate(_fields(request))
    except pydantic.ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        raise ValidationError([{**problem, "loc": ("body", "", *problem["loc"])} for problem in problems]) from None


def _fields(request: HttpRequest) -> DictStrAny:
    if request.content_type == FORM:
        return {"text": "", **{name: value for name, value in request.POST.items() if value}}
    try:
        return JsonParser().parse_body(request)
    except (ValueError, RecursionError):  # a number of five thousand digits is no broken JSON, but no number either
        raise BadRequest from None
