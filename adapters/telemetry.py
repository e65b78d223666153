"""What does a process say while it works? JSON lines on standard error: ids and codes, never what people wrote."""

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

# Whatever a careless line might carry under these names does not leave the process.
SECRET_NAMES = frozenset(
    "authorization cookie password passphrase secret token api_key apikey access_token refresh_token master_key"
    " passwd pwd set_cookie x_api_key"
    " private_key credential credentials dsn database_url redis_url email e_mail name display_name full_name"
    " first_name last_name phone purpose reason comment address query query_string body payload".split()
)
SECRET_ENDINGS = ("_password", "_secret", "_token", "_key_hex", "_email")
REDACTED = "[redacted]"
MOST_TEXT = 2_000
# What gives itself away wherever it stands: our keys, tokens, e-mail addresses, passwords in addresses.
TELLING = (
    (re.compile(r"\besk_[A-Za-z0-9_]{8,}"), REDACTED),
    (re.compile(r"\bey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), REDACTED),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), REDACTED),
    (re.compile(r"(?i)(://[^\s:/@]*):[^\s@]+@"), rf"\1:{REDACTED}@"),
    (
        re.compile(
            r"""(?ix) (password|passwd|passphrase|pwd|secret|token|api[_-]?key|master[_-]?key|authorization)
            (["']?\s*[=:]\s*) ("[^"]*"?|'[^']*'?|[^\s,;&]+)"""
        ),
        rf"\1\2{REDACTED}",
    ),
    (re.compile(r"[^\s<>()\"'=:,;]+@[^\s<>()\"'=:,;]+\.[A-Za-z]{2,}"), REDACTED),
    # What a database quotes of a row: "Key (email)=(...) already exists".
    (re.compile(r"\)=\((.*)\)"), f")=({REDACTED})"),
)
# One of these is in whatever the patterns above find: most texts hold none, and each pattern costs a search.
HINTS = (
    *("esk_", "ey", "bearer", "basic", "@", "passw", "passphrase", "pwd", "secret", "token", "key"),
    *("authorization", ")=("),
)


def configure(stream: TextIO | None = None) -> None:
    """Sets the format of every logger of this process, ours and the libraries'."""
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        places_only,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def places_only(logger: object, method: str, event: EventDict) -> EventDict:
    """An exception as its class and the places in the code; its message may quote anybody."""
    info = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if info is True:
        info = sys.exc_info()
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if error is not None:
        event.setdefault("error", type(error).__name__)
        frames = traceback.extract_tb(error.__traceback__)
        event["places"] = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames[-12:]]
    return event


def redact(logger: object, method: str, event: EventDict) -> EventDict:
    """Blots out values whose name or look says that they are secret or somebody's."""
    return {name: _value(name, value) for name, value in event.items()}


def _value(name: str, value: Any) -> Any:
    lowered = name.lower().replace("-", "_")
    if (lowered in SECRET_NAMES or lowered.endswith(SECRET_ENDINGS)) and value is not None:
        return REDACTED
    return _content(value)


def _content(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): _value(str(name), each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_content(each) for each in value]
    if isinstance(value, BaseException):
        return type(value).__name__
    return _text(str(value))


def _text(text: str) -> str:
    lowered = text.lower()
    # Beyond ASCII there are letters that a pattern takes for others.
    if not text.isascii() or any(hint in lowered for hint in HINTS):
        for pattern, instead in TELLING:
            text = pattern.sub(instead, text)
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "…"
