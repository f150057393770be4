"""A whole site in one file: its database and what people sent. Taken while it runs, put back while it does not."""

from chat.management.backups.archive import back_up, put_back

__all__ = ["back_up", "put_back"]
