"""Who may read the figures of a process, and where, if it serves no API?"""

import hmac
from collections.abc import Container, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer
from pydantic import SecretStr

from adapters.embedded.refusal import CannotStart
from adapters.operations.metrics import Metrics
from adapters.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
WAIT_S = 5.0  # for a monitor that connects and says nothing


def admits(token: SecretStr | None, presented: str, peer: str | None, headers: Container[str]) -> bool:
    """With the token, or from this machine itself; a proxy on this machine speaks for others."""
    given = presented.removeprefix("Bearer ").encode("utf-8", "surrogateescape")
    if token is not None and hmac.compare_digest(given, token.get_secret_value().encode()):
        return True
    return peer in LOOPBACK and not any(name in headers for name in FORWARDED)


@contextmanager
def metrics_port(metrics: Metrics, settings: Settings, port: int | None) -> Iterator[None]:
    """Answers /metrics on a port of its own meanwhile; without a port, nothing listens."""
    if port is None:
        yield
        return
    app = make_wsgi_app(metrics.registry)

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        headers = {
            name[5:].lower().replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        peer, presented = environ.get("REMOTE_ADDR"), str(headers.get("authorization", ""))
        if environ.get("PATH_INFO") != "/metrics":
            start_response("404 Not Found", [])
            return [b""]
        if not admits(settings.metrics_token, presented, peer, headers):
            start_response("401 Unauthorized", [("WWW-Authenticate", "Bearer")])
            return [b""]
        return app(environ, start_response)

    try:
        server = make_server(settings.host, port, answer, ThreadingWSGIServer, _Silent)
    except OSError as error:
        raise CannotStart(
            f"Port {port} on {settings.host} cannot be used for metrics ({error.strerror}); choose another."
        ) from None
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class _Silent(WSGIRequestHandler):
    timeout = WAIT_S

    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes are no news."""
