"""From a stranger's address to a company, a trip, a webhook and an invoice preview, by the public API alone.

    ESCALE_URL=... MAILBOX_URL=... python stranger.py a-slug

The mailbox is any place that shows the letters to an address as text: GET {MAILBOX_URL}/{address}.
"""

import json
import os
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import httpx2
from escale_client import Escale, webhooks

TOKEN = re.compile(r"esi_[0-9A-Za-z_]+")
PATIENCE_S = 40.0


def letter_to(mailbox: str, address: str) -> str:
    """The token in the letter, when it has come."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if found := TOKEN.search(httpx2.get(f"{mailbox}/{address}").text):
            return found[0]
        time.sleep(0.1)
    raise TimeoutError("no letter came")


class Receiver:
    """Somebody who is told what happens."""

    def __init__(self) -> None:
        self.heard: Queue[tuple[dict[str, str], bytes]] = Queue()
        heard = self.heard

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.put((dict(self.headers.items()), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Hook)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Hears no more."""
        self._server.shutdown()


def main(url: str, mailbox: str, slug: str) -> dict[str, Any]:
    """Every step, with the seconds since the beginning."""
    began, steps, address = time.perf_counter(), {}, f"owner@{slug}.example"

    def done(step: str) -> None:
        steps[step] = round(time.perf_counter() - began, 2)

    with Escale(url) as stranger:
        stranger.sign_up(
            {
                "company_name": "Strangers",
                "slug": slug,
                "email": address,
                "name": "Alex Stranger",
                "line": "white_label",
                "plan": "business",
                "zone": "Europe/Paris",
                "country": "FR",
            }
        )
        done("signed_up")
        opened = stranger.confirm_signup({"token": letter_to(mailbox, address)}).data
        done("confirmed")
    key = opened["api_key"]
    assert key is not None
    receiver = Receiver()
    with Escale(url, key) as escale:
        registered = escale.register_webhook_endpoint(
            {"url": receiver.url, "allows_http": True, "event_types": ["trip.planned.v1"]}
        ).data
        trip = escale.plan_trip({"traveller_id": opened["owner_id"], "purpose": "The first one"}).data
        done("first_command")
        headers, body = receiver.heard.get(timeout=PATIENCE_S)
        event = webhooks.verified(registered["secret"], headers, body)
        assert trip["id"] in json.dumps(event), event
        done("first_webhook")
        preview = escale.get_invoice_preview().data
        assert preview["invoice"]["currency"] == "EUR"
        done("first_invoice_preview")
    receiver.close()
    return {"steps": steps, "trip_id": trip["id"], "month": preview["invoice"]["month"]}


if __name__ == "__main__":
    print(json.dumps(main(os.environ["ESCALE_URL"], os.environ["MAILBOX_URL"], sys.argv[1])))  # noqa: T201
