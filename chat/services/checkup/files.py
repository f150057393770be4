"""What people sent: are the bytes there that rows name, and only these?"""

from __future__ import annotations

from collections.abc import Iterator

from chat.models import Attachment
from chat.services.attachments import missing_files, unnamed_files
from chat.services.checkup.findings import Finding, doubt, fault, ok

MB = 1_000_000


def files() -> Iterator[Finding]:
    try:
        yield from _compared()
    except PermissionError as error:
        yield fault("files", f"{error.filename} cannot be read.", "Give it to the account that runs the site.")


def _compared() -> Iterator[Finding]:
    if missing := missing_files():
        words = f"{missing} of them {'is' if missing == 1 else 'are'} named by a message and not on the disk."
        yield fault("files", words, "Is MEDIA_ROOT the right directory, and the same for all processes? See restore.")
    if left := [size for _, size in unnamed_files()]:
        words = f"{len(left)} ({sum(left) / MB:.1f} MB) belong to no message any more."
        yield doubt("files", words, "manage.py purgefiles")
    if not missing and not left:
        yield ok("files", f"{Attachment.objects.count()}, {Attachment.objects.all().bytes() / MB:.1f} MB.")
