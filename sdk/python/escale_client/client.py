"""A client of the API: every operation by name, typed; sign-in; commands that are done later."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from escale_client._generated.operations import OPERATIONS, Operations
from escale_client.problems import Problem, problem_of
from escale_client.transport import Answered

PREFERENCE = "respond-async"
POLL_S = 0.2


class StillPending(Exception):
    """The command was accepted and is not done yet."""


@dataclass(frozen=True)
class Accepted:
    """A command that the API promised to do."""

    client: "Escale"
    command_id: str

    def wait(self, timeout_s: float = 30.0) -> Any:
        """Its answer when it is done; raises Problem when it was refused, StillPending when time is up."""
        deadline = time.monotonic() + timeout_s
        while True:
            found = self.client.get_command(self.command_id).data
            if found["outcome"] == "refused":
                status = found.get("status") or 409
                raise problem_of(status, found.get("problem") or {"code": found["code"]})
            if found["outcome"] != "pending":
                self.client.saw(found["position"])
                return found
            if time.monotonic() > deadline:
                raise StillPending(self.command_id)
            time.sleep(POLL_S)


class Escale(Operations):
    """The API at an address, with a key or an access token.

    >>> with Escale("https://escale.example.com", "esk_...") as escale:
    ...     trip = escale.plan_trip({"traveller_id": traveller, "purpose": "Client visit"})
    ...     for each in escale.every_trips(status="planned"): ...
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def sign_in(self, company: str, email: str, password: str) -> None:
        """Opens a session, which is refreshed when its token has run out."""
        told: Mapping[str, Any] = self.open_session(
            {"company": company, "email": email, "password": password}
        ).data
        self.hold(told)

    def hold(self, tokens: Mapping[str, Any]) -> None:
        """Goes on with the tokens of a session."""
        self.credential = str(tokens["access_token"])
        kept = {"refresh_token": str(tokens["refresh_token"])}

        def refresh() -> str:
            self.credential = None
            told: Mapping[str, Any] = self.refresh_session({"refresh_token": kept["refresh_token"]}).data
            kept["refresh_token"] = str(told["refresh_token"])
            return str(told["access_token"])

        self._refresh = refresh

    def call(
        self,
        operation: str,
        path: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        **chosen: Any,
    ) -> Answered[Any]:
        """Any operation by its operationId, for programs that choose it while they run."""
        method, address = OPERATIONS[operation]
        return self.send(method, address, path, query, body=body, **chosen)

    def later(
        self,
        operation: str,
        path: Mapping[str, object] | None = None,
        *,
        body: Any = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> Accepted:
        """Hands a command over, to be done even if the server stops meanwhile."""
        answer = self.call(
            operation, path, body=body, prefer=PREFERENCE, idempotency_key=idempotency_key, if_match=if_match
        )
        if answer.command_id is None:
            raise Problem(answer.status, {"detail": f"{operation} is done at once only."})
        return Accepted(self, answer.command_id)

    def saw(self, position: int | None) -> None:
        """Lets reads from now on include this position."""
        if position is not None:
            self.position = max(position, self.position or 0)
