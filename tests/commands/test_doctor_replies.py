"""Whether anybody writes replies, where web processes leave them to others."""

from __future__ import annotations

from collections.abc import Callable

from tests.site import Site

NOBODY = "look  replies    REPLIES_IN_WEB=0 leaves them to processes of their own, and none is there."


def test_where_nobody_writes_replies_it_is_said_before_anybody_waits(site_factory: Callable[..., Site], redis_url: str):
    site = site_factory(REDIS_URL=redis_url, REPLIES_IN_WEB="0").migrate()
    said = site.manage("doctor", "replies")
    assert NOBODY in said
    assert "→ Start manage.py runreplies" in said

    site.start_command("runreplies")

    site.wait_for_words("Writing replies")
    site.wait_for(lambda: "Nobody waits for long." in site.order("doctor", "replies"))


def test_where_redis_is_away_nobody_knows_who_writes(site_factory: Callable[..., Site]):
    site = site_factory(REDIS_URL="redis://127.0.0.1:9/0", REPLIES_IN_WEB="0").migrate()

    assert "ok    replies    Nobody waits for long." in site.manage("doctor", "replies")
