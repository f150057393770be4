"""Every number that is counted where it happens. What can be looked up when it is asked for is in ``chat.scraping``."""

from __future__ import annotations

from dataclasses import dataclass

from chat.metrics.exposition import Family
from chat.metrics.kinds import Counter, Histogram, LabelledCounter

POSTS = Counter()
DELIVERIES = Counter()
FAN_OUT = Histogram((0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1))
SEND_TO_SEEN = Histogram((0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10))
TOKENS = LabelledCounter("kind", ("prompt", "completion"))
REPLIES_ENDED = LabelledCounter("status", ("complete", "stopped", "failed", "interrupted", "refused"))
LEASE_TAKEOVERS = Counter()
DROPPED_READERS = Counter()
SYNC_CHANGES = Histogram((0, 1, 5, 20, 50, 100, 200, 500))
RESYNCS = Counter()
BROKER_FAILURES = Counter()


@dataclass(frozen=True, slots=True)
class Counted:
    """A number with its public name."""

    name: str
    number: Counter | LabelledCounter | Histogram
    help: str

    def family(self) -> Family:
        return Family(self.name, self.number.kind, self.help, self.number.samples())


COUNTED = (
    Counted("chat_posts_total", POSTS, "Messages that people and bots posted through this process."),
    Counted(
        "chat_deliveries_total", DELIVERIES, "Frames of what is new in a room, written to its sockets and streams here."
    ),
    Counted("chat_fan_out_seconds", FAN_OUT, "To write what is new in a room to all of its sockets here, each."),
    Counted(
        "chat_send_to_seen_seconds", SEND_TO_SEEN, "From sending to seeing one's own message, as pages measure it."
    ),
    Counted("chat_tokens_total", TOKENS, "Tokens of replies that this process wrote, as the back ends count them."),
    Counted("chat_replies_ended_total", REPLIES_ENDED, "Attempts at a reply that ended in this process."),
    Counted("chat_lease_takeovers_total", LEASE_TAKEOVERS, "Replies this process took over: their lease had run out."),
    Counted("chat_dropped_readers_total", DROPPED_READERS, "Sockets and streams let go because nobody read them."),
    Counted("chat_sync_changes", SYNC_CHANGES, "Changes told in answer to a sync, each."),
    Counted("chat_resyncs_total", RESYNCS, "Syncs that were told to read the room anew, for there were too many."),
    Counted("chat_broker_failures_total", BROKER_FAILURES, "Times the broker stopped taking what is announced."),
)
