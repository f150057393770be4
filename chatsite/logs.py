"""One line per event: for people (`console`) or for machines (`json`)."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


# Not the variables of each frame, which structlog adds by itself: people's words and keys are among them.
TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))

# What Django refuses of anybody, each by the name of its exception.
ASKED_FOR = (
    *("DisallowedHost", "DisallowedRedirect", "RequestDataTooBig", "TooManyFieldsSent", "TooManyFilesSent"),
    *("DisallowedModelAdminLookup", "DisallowedModelAdminToField"),
)

# What may stand in an exception's text: the row that a database refused, or the statement, with people's words in it;
# our tokens, what ends an address.
SECRETS = (
    (re.compile(r"((?:DETAIL|LINE \d+):).*", re.DOTALL), r"\1 …"),
    (re.compile(r"(?i)\b(bearer )\S+"), r"\1…"),
    (re.compile(r"\bchat_[\w-]{16,}"), "chat_…"),
    (re.compile(r"(/reset/key/|/confirm-email/)[^\s\"']+"), r"\1…"),
    (re.compile(r"([?&][\w.-]*=)[^&\s\"']*"), r"\1…"),
)


def configure(*, level: str, form: str) -> dict[str, Any]:
    """Set structlog up, and answer the LOGGING that sends the standard library's records the same way."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "event": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(form)],
            }
        },
        "filters": {
            "broker": {"()": BrokerGone},
            "gone": {"()": NobodyWaits},
            "plain": {"()": WithoutTraceback},
            "pattern": {"()": PatternOfAddress},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
        # At DEBUG libraries write out what they are given: statements with their values, what Redis carries, what a
        # camera or its owner has written into a picture. Only what is ours says more than this.
        "root": {"handlers": ["stderr"], "level": "INFO" if level == "DEBUG" else level},
        "loggers": {
            **{name: {"level": level} for name in ("chat", "chatsite")},
            "django": {"handlers": [], "level": "NOTSET", "propagate": True},
            "django.server": {"handlers": [], "level": "NOTSET", "propagate": True},
            # What was refused, and why, is in the line of the request.
            "django.request": {"level": "ERROR", "filters": ["pattern"]},
            "django.security.csrf": {"level": "ERROR"},
            **{f"django.security.{name}": {"filters": ["plain"]} for name in ASKED_FOR},
            "channels_redis.pubsub": {"filters": ["broker"]},
            # Each of these says at INFO what the site says better itself, per request or per connection.
            **{name: {"level": "WARNING"} for name in ("daphne", "httpx", "httpcore", "markdown")},
            "asyncio": {"level": "WARNING", "filters": ["gone"]},
        },
    }


class WithoutTraceback(logging.Filter):
    """Whoever reaches the site may ask it by any name, or for too much: that is worth a line, no fault to look into."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        return True


class PatternOfAddress(logging.Filter):
    """Words in an address are somebody's, and may be a key."""

    def filter(self, record: logging.LogRecord) -> bool:
        match = getattr(getattr(record, "request", None), "resolver_match", None)
        if isinstance(record.args, tuple) and record.args:
            record.args = (*record.args[:-1], match.route if match else "an address")
        return True


class BrokerGone(logging.Filter):
    """Told each second with a whole traceback, as long as Redis is away: the hub says once that it went, and came."""

    def filter(self, record: logging.LogRecord) -> bool:
        from redis import RedisError

        return not (record.exc_info and isinstance(record.exc_info[1], (RedisError, OSError)))


class NobodyWaits(logging.Filter):
    """Django listens for who gives up, by a task of its own; of a request that was cancelled first, nobody hears it."""

    def filter(self, record: logging.LogRecord) -> bool:
        from django.core.exceptions import RequestAborted

        is_unheard = record.getMessage().startswith("Task exception was never retrieved")
        return not (is_unheard and record.exc_info and isinstance(record.exc_info[1], RequestAborted))


def without_secrets(logger: Any, method: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        event[name] = _cleaned(value)
    return event


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            for pattern, instead in SECRETS:
                value = pattern.sub(instead, value)
            return value
        case list():
            return [_cleaned(each) for each in value]
        case dict():
            return {name: _cleaned(each) for name, each in value.items()}
        case _:
            return value


def _renderers(form: str) -> list[Processor]:
    if form == "json":
        return [TRACEBACKS, without_secrets, structlog.processors.JSONRenderer(default=str)]
    return [
        structlog.processors.format_exc_info,
        without_secrets,
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
