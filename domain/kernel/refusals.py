"""How does the house say no?

    Refusal
      NotFound         the thing is unknown here, or belongs to another tenant
      Conflict         someone else was faster
        StaleVersion   the version the client expected is no longer the current one
      RuleBroken       a rule of the business says no
      Forbidden        this actor may not
      Unauthenticated  we do not know who asks
      LimitReached     too much, too fast
      Malformed        the request cannot be understood
      Gone             what was presented is used up or has run out
      TenantReadOnly, TenantClosed

Doors map the family to a status. The docstring of a refusal is its message; a refusal is
defined where it is raised.
"""

import re
from typing import Any, ClassVar


class Refusal(Exception):
    """The request was refused.

    `NAMES_NOBODY` says of a refusal with sentences of its own that they are made of rules, amounts
    and ids alone: they may be kept beside its code, and a repeated request reads the same one.
    """

    NAMES_NOBODY: ClassVar[bool] = False

    def __init__(self, detail: str | None = None, **facts: Any) -> None:
        self.detail = detail or type(self).message()
        self.facts = facts
        super().__init__(self.detail)

    @classmethod
    def code(cls) -> str:
        """The name a client can branch on: `trip_already_departed`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def message(cls) -> str:
        """The sentence a person can read."""
        return " ".join((cls.__doc__ or "").split())


class NotFound(Refusal):
    """There is no such thing here."""


class Conflict(Refusal):
    """Someone else changed this at the same time; read it again and repeat."""


class StaleVersion(Conflict):
    """The version named in If-Match is not the current one."""


class RuleBroken(Refusal):
    """A rule says no."""


class Forbidden(Refusal):
    """Your role does not allow this."""


class Unauthenticated(Refusal):
    """Sign in first, or present a valid API key."""


class LimitReached(Refusal):
    """Too many requests; wait before trying again."""


class Malformed(Refusal):
    """The request cannot be understood."""


class Gone(Refusal):
    """What this stood for is over."""


class KeyReused(Malformed):
    """This Idempotency-Key was used before with another request."""


class TenantReadOnly(Refusal):
    """This tenant is read-only for now; nothing was changed."""


class TenantClosed(Refusal):
    """This tenant is closed."""


class Unavailable(Refusal):
    """The service cannot answer this right now; nothing is lost, try again shortly."""


class CapacityTaken(Conflict):
    """What you asked for is already taken."""

    def kinds(self) -> frozenset[str]:
        """The kinds of the claims that were refused."""
        return frozenset(str(claim.get("kind")) for claim in self.facts.get("claims") or ())
