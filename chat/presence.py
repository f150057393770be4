"""Who is here, for pages and for other processes: each process writes the people it holds, and the rooms they look at,
under one key: within a second when somebody came or went. Every 25 seconds it says that this still holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.core.cache import cache

KEPT_SECONDS = 60
INDEX = "present"

People = Mapping[int, Collection[int]]  # the rooms of each

here: set[int] = set()  # the people of this process, who need not wait for its next report
own: set[str] = set()  # what this process reported: `here` knows better
silent: set[str] = set()  # processes that are taken for dead: what they reported holds no more
_reported: dict[str, People] = {}


def report(process: str, people: People) -> set[str]:
    """One write for all the people of this process (and one for the list of processes, if we are not on it).

    Returns the processes that have reported.
    """
    key = f"{INDEX}:{process}"
    own.add(key)
    if _reported.get(process) != people or not cache.touch(key, KEPT_SECONDS):
        cache.set(key, dict(people), KEPT_SECONDS)
        _reported[process] = people
    processes = set(cache.get(INDEX) or ())
    if process not in processes:
        alive = set(cache.get_many([f"{INDEX}:{known}" for known in processes]))
        processes = {known for known in processes if f"{INDEX}:{known}" in alive} | {process}
        cache.set(INDEX, sorted(processes), None)
    return processes


def online(users: Iterable[int]) -> set[int]:
    """Which of these people have a page open somewhere."""
    return set(users) & everybody()


def everybody() -> set[int]:
    """All who have a page open; of those in other processes, as these last said."""
    return here.union(*elsewhere())


def elsewhere() -> list[People]:
    """The people of the other processes."""
    others = {f"{INDEX}:{process}" for process in set(cache.get(INDEX) or ()) - silent} - own
    return list(cache.get_many(others).values()) if others else []


def people_of(process: str) -> People:
    """As it last reported, whether it lives or not."""
    people: People = cache.get(f"{INDEX}:{process}") or {}
    return people
