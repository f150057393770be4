"""Files that go with messages: looked at and kept before the message is said, named by rows in its transaction."""

from chat.services.attachments.forgetting import forget_files
from chat.services.attachments.keeping import Kept, keep_files
from chat.services.attachments.limits import require_no_files, require_sendable, too_many_files
from chat.services.attachments.opening import Opened, Which, open_attachment
from chat.services.attachments.purging import missing_files, unnamed_files
from chat.services.attachments.rows import KeptFiles, kept_for, name_files

__all__ = [
    "Kept",
    "KeptFiles",
    "Opened",
    "Which",
    "forget_files",
    "keep_files",
    "kept_for",
    "missing_files",
    "name_files",
    "open_attachment",
    "require_no_files",
    "require_sendable",
    "too_many_files",
    "unnamed_files",
]
