"""What people may be told when something is refused. The text of each is for people; ``code`` is for programs."""

from __future__ import annotations

import errno
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class ChatError(Exception):
    """A refusal with a plain sentence. ``status`` is the HTTP status the edges answer with."""

    code = "refused"
    status = 400
    text: ClassVar[str | Promise] = gettext_lazy("That is not possible.")

    def __init__(self, text: str = "") -> None:
        self.detail = text or str(self.text)
        super().__init__(self.detail)


class NotFound(ChatError):
    """Absent, or not yours: the two look the same."""

    code = "not_found"
    status = 404
    text = gettext_lazy("There is nothing here.")


class NotAMember(NotFound):
    code = "not_a_member"
    text = gettext_lazy("You are not a member of this room.")


class Forbidden(ChatError):
    code = "forbidden"
    status = 403
    text = gettext_lazy("You may not do that.")


class RoomArchived(ChatError):
    code = "archived"
    status = 409
    text = gettext_lazy("This room is archived. It can be read, but not written to.")


class Invalid(ChatError):
    code = "invalid"
    status = 422
    text = gettext_lazy("That is not valid.")

    @classmethod
    def by_field(cls, error: ValidationError) -> Self:
        """Of rows that staff and commands fill in: with the name of each field."""
        return cls(" ".join(f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items()))


class EmptyMessage(Invalid):
    code = "empty"
    text = gettext_lazy("There is nothing to send.")


class TooLong(Invalid):
    code = "too_long"
    text = gettext_lazy("A message has at most 16,000 characters.")


class NameTaken(Invalid):
    code = "taken"
    text = gettext_lazy("This name is already in use.")

    @staticmethod
    def is_meant_by(error: ValidationError, field: str) -> bool:
        return any(refused.code == "unique" for refused in error.error_dict.get(field, ()))


class NotRunning(ChatError):
    code = "not_running"
    status = 409
    text = gettext_lazy("This reply is not being written.")


class StillRunning(ChatError):
    code = "still_running"
    status = 409
    text = gettext_lazy("This reply is still being written.")


class NotCutOff(ChatError):
    code = "not_cut_off"
    status = 409
    text = gettext_lazy("This reply came to its end: there is nothing to go on with.")


class AssistantUnavailable(ChatError):
    code = "assistant_unavailable"
    status = 409
    text = gettext_lazy("This assistant is switched off.")


class FilesRefused(Invalid):
    code = "files_refused"
    text = gettext_lazy("Files cannot be sent here.")


class FileTooLarge(FilesRefused):
    code = "too_large"
    status = 413


class RateLimited(ChatError):
    """Over the write limit. ``retry_after`` is in whole seconds."""

    code = "rate_limited"
    status = 429

    def __init__(self, retry_after: int, text: str = "") -> None:
        self.retry_after = retry_after
        again = _("Too much at once. Try again in %(seconds)s s.") % {"seconds": retry_after}
        super().__init__(text or again)


class FilesUsedUp(RateLimited):
    """More than one person may send in a day."""

    code = "files_used_up"


class NotSignedIn(ChatError):
    code = "not_signed_in"
    status = 401
    text = gettext_lazy("Sign in, or send a token: Authorization: Bearer …")


class BadRequest(ChatError):
    code = "bad_request"
    text = gettext_lazy("The body is no JSON object.")


class CsrfRefused(ChatError):
    code = "csrf"
    status = 403
    text = gettext_lazy("With a session, send the CSRF token in X-CSRFToken. With a bearer token none is needed.")


class NotAllowed(ChatError):
    code = "method_not_allowed"
    status = 405
    text = gettext_lazy("This address does not know this method.")


class TooLarge(ChatError):
    code = "too_large"
    status = 413
    text = gettext_lazy("That is more than one request may carry.")


class UnexpectedContent(ChatError):
    code = "unexpected_content"
    status = 415
    text = gettext_lazy("Send JSON: Content-Type: application/json.")


class ServerError(ChatError):
    code = "server_error"
    status = 500
    text = gettext_lazy("Something went wrong here. It has been logged.")


class Unavailable(ChatError):
    code = "unavailable"
    status = 503
    text = gettext_lazy("The server cannot answer right now. Try again in a moment.")


class TooBroad(Unavailable):
    text = gettext_lazy("To find that takes too long. Say more of it.")


class DiskFull(ChatError):
    code = "disk_full"
    status = 507
    text = gettext_lazy(
        "The server has no room left for files. Nothing was sent. Whoever looks after it has to make room."
    )

    @staticmethod
    def is_meant_by(error: BaseException | None) -> bool:
        return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


NOT_OURS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ELOOP)


class FilesNotWritable(DiskFull):
    """There may be room, and it is not ours to take; or a file is where a directory should be."""

    text = gettext_lazy(
        "The server cannot write where it keeps files. Nothing was sent. Whoever looks after it has to let it."
    )

    @staticmethod
    def is_meant_by(error: BaseException | None) -> bool:
        return isinstance(error, OSError) and error.errno in NOT_OURS
