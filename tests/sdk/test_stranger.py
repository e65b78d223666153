"""A stranger's script through the libraries: sign-up, letter, first command, first webhook, first invoice preview."""

import json
import os
import runpy
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.kit.house import Place, opened_place
from tests.kit.post_office import PostOffice, open_post_office

SDK = Path(__file__).parents[2] / "sdk"
STEPS = ["signed_up", "confirmed", "first_command", "first_webhook", "first_invoice_preview"]
# The second one is compiled first: `make sdk-typescript`.
LANGUAGES = os.environ.get("ESCALE_SDKS", "python").split(",")


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    with open_post_office() as opened:
        yield opened


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes, office: PostOffice) -> Iterator[Place]:
    """A house that sends real letters."""
    mail = {"smtp_url": f"smtp://127.0.0.1:{office.port}", "mail_from": "Escale <travel@example.com>"}
    with opened_place(database_url, redis_url, master_key, more=mail) as opened:
        yield opened


@contextmanager
def mailbox(office: PostOffice) -> Iterator[str]:
    """Shows every letter to an address; the stranger reads their own."""

    class Letters(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mails = office.to(self.path.strip("/"))
            parts = [mail.get_body(preferencelist=("plain",)) for mail in mails]
            text = "\n".join(part.get_content() for part in parts if part is not None).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Letters)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def by_python(url: str, letters: str) -> Any:
    return runpy.run_path(str(SDK / "python/examples/stranger.py"))["main"](url, letters, "stranger-python")


def by_typescript(url: str, letters: str) -> Any:
    script = SDK / "typescript/dist/examples/stranger.js"
    surroundings = {**os.environ, "ESCALE_URL": url, "MAILBOX_URL": letters}
    ran = subprocess.run(
        ["node", str(script), "stranger-typescript"],
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_nothing_to_an_invoice_preview(
    url: str, office: PostOffice, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Issue 8: in under a minute, which is reported and not asserted: machines differ."""
    with mailbox(office) as letters:
        told = by_python(url, letters) if language == "python" else by_typescript(url, letters)
    assert list(told["steps"]) == STEPS
    assert told["trip_id"]
    with capsys.disabled():
        sys.stdout.write(f"\nstranger by {language}, seconds: {told['steps']}\n")
