"""What does a process say while it works? JSON lines on standard error: ids and codes, never what people wrote."""

import logging
import sys

import structlog

# Whatever a careless line might carry under these names does not leave the process.
SECRET_NAMES = frozenset(
    {"authorization", "password", "secret", "token", "api_key", "refresh_token", "email"}
)


def configure() -> None:
    """Sets the format of every logger of this process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)


def redact(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Blots out values whose name says that they are secret."""
    return {name: "[redacted]" if name.lower() in SECRET_NAMES else value for name, value in event.items()}
