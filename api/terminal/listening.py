"""How do events reach a program on this machine while it is being written? They are fetched, signed and handed on."""

import json
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter, sleep
from typing import Any
from uuid import UUID, uuid5

import httpx2
from standardwebhooks import Webhook

from application.developer.cloud_events import MEDIA_TYPE

SECRET_BYTES = 32
COME_BACK_S = 1.0
TIMEOUT_S = 15.0
# The stream says something every fifteen seconds.
SILENCE_S = 40.0
# What is forwarded is no delivery of an endpoint: its ids are of this listener.
LISTENER = UUID("e5ca1e00-0000-8000-8000-000000000008")


class ApiSaidNo(Exception):
    """The API refused what was asked."""


@dataclass(frozen=True)
class Api:
    """The company's API, by a key."""

    url: str
    key: str
    transport: httpx2.BaseTransport | None = None

    def ask(self, method: str, path: str, body: Any = None, **parameters: Any) -> Any:
        """One call. Raises ApiSaidNo with the sentence it was refused with."""
        given = {name: value for name, value in parameters.items() if value is not None}
        with self.client(TIMEOUT_S) as client:
            answer = client.request(method, path, json=body, params=given)
        if answer.is_success:
            return answer.json()
        raise ApiSaidNo(_sentence(answer))

    def client(self, timeout_s: float) -> httpx2.Client:
        """A client that shows the key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx2.Client(
            base_url=self.url, headers=headers, timeout=timeout_s, trust_env=False, transport=self.transport
        )


@dataclass(frozen=True)
class Forwarded:
    """One event, and what the program on this machine said."""

    event: Mapping[str, Any]
    status: int | None
    duration_ms: int
    error: str | None = None


def new_secret() -> str:
    """A secret for one session of listening."""
    return "whsec_" + b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


@dataclass
class Listening:
    """Follows the company's events and hands each on, signed as a delivery is, until it is interrupted."""

    api: Api
    forward_to: str
    secret: str
    types: tuple[str, ...] = ()
    with_personal: bool = False
    local: httpx2.BaseTransport | None = None
    _last_id: str | None = field(default=None, init=False)

    def run(self, told: Callable[[Forwarded], None], *, on_break: Callable[[str], None]) -> None:
        """For ever: whoever stops it interrupts it. A broken stream goes on where it broke."""
        while True:
            try:
                for event in self.events():
                    told(self.forward(event))
            except (httpx2.HTTPError, StreamEnded) as broken:
                on_break(str(broken) or type(broken).__name__)
            sleep(COME_BACK_S)

    def events(self) -> Iterator[dict[str, Any]]:
        """The events of one connection, after the last one seen. Raises ApiSaidNo and StreamEnded."""
        headers = {} if self._last_id is None else {"Last-Event-ID": self._last_id}
        asked: dict[str, Any] = {"type": list(self.types), "personal": self.with_personal}
        with (
            self.api.client(SILENCE_S) as client,
            client.stream("GET", "/api/v1/events", params=asked, headers=headers) as answer,
        ):
            if not answer.is_success:
                answer.read()
                raise ApiSaidNo(_sentence(answer))
            frame: dict[str, str] = {}
            for line in answer.iter_lines():
                if line:
                    name, _, value = line.partition(":")
                    frame[name] = value.removeprefix(" ")
                    continue
                if frame.get("event") in ("ended", "reconnect"):
                    raise StreamEnded(f"the stream ended: {frame.get('data', '')}")
                if "data" in frame:
                    yield json.loads(frame["data"])
                # The place moves on once the event was handed on: what breaks in between comes again.
                self._last_id = frame.get("id", self._last_id)
                frame = {}

    def forward(self, event: Mapping[str, Any]) -> Forwarded:
        """Sends one event to the program, signed."""
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        message_id = f"msg_{uuid5(LISTENER, str(event['id'])).hex}"
        now = datetime.now(UTC).replace(microsecond=0)
        headers = {
            "content-type": MEDIA_TYPE,
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(message_id, now, body),
        }
        began = perf_counter()
        try:
            with httpx2.Client(timeout=TIMEOUT_S, trust_env=False, transport=self.local) as client:
                status = client.post(self.forward_to, content=body.encode(), headers=headers).status_code
        except httpx2.HTTPError as error:
            return Forwarded(event, None, _since(began), type(error).__name__)
        return Forwarded(event, status, _since(began))


class StreamEnded(Exception):
    """The server ended the stream in good order."""


def _since(began: float) -> int:
    return round((perf_counter() - began) * 1_000)


def _sentence(answer: httpx2.Response) -> str:
    try:
        problem = answer.json()
        return f"{problem['detail']} ({answer.status_code} {problem['code']})"
    except (ValueError, KeyError, TypeError):
        return f"the API answered {answer.status_code}"
