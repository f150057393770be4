"""Which database a command works on, and whether a site lies in it: with another `.env` it is another, an empty one."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import CommandError
from django.db import DatabaseError, connection

from chat.database import FAILED
from chat.models import User
from chat.services.checkup.databases import is_not_made, knock
from chat.services.checkup.versions import to_be_applied

ADVICE = "Does DATABASE_URL, in .env or in the environment of this command, name the right one?"


def require_site() -> None:
    """:raises CommandError: no table of ours is here."""
    if not holds_a_site():
        raise CommandError(f"There is no site in {_place()}. {ADVICE}")


def require_tables() -> None:
    """For what serves a site: on the tables of an earlier version it would fail at each question, and on a rolling
    restart take the place of those that do not. A database that is away is waited for instead.

    :raises CommandError: they are not made, or not all of them; or it is no database that will ever answer.
    """
    try:
        knock()
        lacks = is_not_made() or to_be_applied()
    except (*FAILED, OSError) as error:
        if type(error) is DatabaseError:  # SQLite's word on a file; what passes is an OperationalError
            raise CommandError(
                f"{_place()} cannot be read: {error}. `manage.py restore --replace` puts one back."
            ) from error
        return
    finally:
        connection.close()
    if lacks:
        raise CommandError(f"The tables in {_place()} are not made, or of an earlier version: `manage.py setup` first.")


def require_people() -> None:
    """For what removes whatever the database does not know: one in which nobody is can say nothing about it.

    :raises CommandError: no table of ours is here, or nobody in them.
    """
    require_site()
    if not User.objects.filter(kind=User.Kind.PERSON).exists():
        raise CommandError(f"Nobody has an account in {_place()}. {ADVICE}")


def holds_a_site() -> bool:
    """It has a table of ours, even an empty one. SQLite would make the file by looking into it."""
    return not is_not_made() and "chat_message" in connection.introspection.table_names()


def make_for_its_owner() -> None:
    """SQLite makes a file that whoever has an account on this machine may read. One that is there stays as it is."""
    if is_not_made() and (file := Path(name_of_database())).parent.is_dir():
        file.touch(mode=0o600)


def name_of_database() -> str:
    """Of SQLite's it is the path of its file."""
    return str(connection.settings_dict["NAME"])


def _place() -> str:
    host = connection.settings_dict["HOST"]
    return f"the database {name_of_database()}{f' on {host}' if host else ''}"
