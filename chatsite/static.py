"""Our own files from our own process, without a web server before it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils._os import safe_join
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import NotARegularFileError

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class StaticMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise made at home under ASGI: no thread per request, and no iterator that Django has to warn about.

    Our files are a few kilobytes each and lie in the page cache, so reading one does not hold up the event loop.
    """

    sync_capable = async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self):
            return self._answer(request)
        return self._file(request) or self.get_response(request)

    def add_files(self, root: str | Path, prefix: str | None = None) -> None:
        if Path(root).is_dir():  # nothing has been collected yet: the finders know where the files are
            super().add_files(root, prefix)

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        response = HttpResponse(status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        if found.file is not None:
            with found.file as file:
                response.content = file.read()
            response["Content-Length"] = str(len(response.content))  # a file may have changed since it was listed
        return response

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = self._file(request) or await self.get_response(request)
        return response

    def _file(self, request: HttpRequest) -> HttpResponse | None:
        path = request.path_info
        found = self.find_file(path) if self.autorefresh else self.files.get(path) or self._newer(path)
        return None if found is None else self.serve(found, request)

    def _newer(self, path: str) -> Any:
        """Collected since this process began: of the next version, whose pages are answered beside ours for a while."""
        if not path.startswith(self.static_prefix) or not self.static_root:
            return None
        with suppress(NotARegularFileError, SuspiciousFileOperation):
            return self.get_static_file(safe_join(self.static_root, path.removeprefix(self.static_prefix)), path)
