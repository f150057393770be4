"""What this process has counted since it began, and how Prometheus reads it. Knows neither Django nor the loop."""

from chat.metrics.counts import (
    BROKER_FAILURES,
    COUNTED,
    DELIVERIES,
    DROPPED_READERS,
    FAN_OUT,
    LEASE_TAKEOVERS,
    POSTS,
    REPLIES_ENDED,
    RESYNCS,
    SEND_TO_SEEN,
    SYNC_CHANGES,
    TOKENS,
)
from chat.metrics.exposition import CONTENT_TYPE, Family, exposition, gauge, gauges

__all__ = [
    "BROKER_FAILURES",
    "CONTENT_TYPE",
    "COUNTED",
    "DELIVERIES",
    "DROPPED_READERS",
    "FAN_OUT",
    "LEASE_TAKEOVERS",
    "POSTS",
    "REPLIES_ENDED",
    "RESYNCS",
    "SEND_TO_SEEN",
    "SYNC_CHANGES",
    "TOKENS",
    "Family",
    "exposition",
    "gauge",
    "gauges",
]
