"""The client of Escale for Python."""

from escale_client import webhooks
from escale_client._generated import models
from escale_client.client import Accepted, Escale, StillPending
from escale_client.problems import (
    Conflict,
    Forbidden,
    Gone,
    LimitReached,
    Malformed,
    NotFound,
    Problem,
    ReadOnly,
    Stale,
    Unauthenticated,
    Unavailable,
    Unreachable,
)
from escale_client.transport import Answered, RateLimit

__all__ = [
    "Accepted",
    "Answered",
    "Conflict",
    "Escale",
    "Forbidden",
    "Gone",
    "LimitReached",
    "Malformed",
    "NotFound",
    "Problem",
    "RateLimit",
    "ReadOnly",
    "Stale",
    "StillPending",
    "Unauthenticated",
    "Unavailable",
    "Unreachable",
    "models",
    "webhooks",
]
