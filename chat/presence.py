"""Who is here, for pages and for other processes: each process writes the people it holds, and the rooms they look at,
under one key: within a second when somebody came or went, and every 25 seconds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.core.cache import cache

KEPT_SECONDS = 60
INDEX = "present"

People = Mapping[int, Collection[int]]  # the rooms of each

here: set[int] = set()  # the people of this process, who need not wait for its next report
own: set[str] = set()  # what this process reported: `here` knows better


def report(process: str, people: People) -> None:
    """One write for all the people of this process (and one for the list of processes, if we are not on it)."""
    own.add(f"{INDEX}:{process}")
    cache.set(f"{INDEX}:{process}", dict(people), KEPT_SECONDS)
    processes = set(cache.get(INDEX) or ())
    if process not in processes:
        alive = set(cache.get_many([f"{INDEX}:{known}" for known in processes]))
        kept = {known for known in processes if f"{INDEX}:{known}" in alive}
        cache.set(INDEX, sorted(kept | {process}), None)


def online(users: Iterable[int]) -> set[int]:
    """Which of these people have a page open somewhere."""
    return set(users) & everybody()


def everybody() -> set[int]:
    """All who have a page open; of those in other processes, as these last said."""
    return here.union(*elsewhere())


def elsewhere() -> list[People]:
    """The people of the other processes."""
    others = {f"{INDEX}:{process}" for process in cache.get(INDEX) or ()} - own
    return list(cache.get_many(others).values()) if others else []
