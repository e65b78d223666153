"""Does the reader of the reference file survive a server that misbehaves?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from adapters.rates.ecb import MOST_BYTES, RatesNotFetched, RatesNotUnderstood, fetch_rates, rates_from_xml

DAILY = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
                 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube>{days}</Cube>
</gesmes:Envelope>"""
DAY = '<Cube time="{day}"><Cube currency="USD" rate="{usd}"/><Cube currency="JPY" rate="160.25"/></Cube>'
BOMB = """<?xml version="1.0"?>
<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Cube>&b;</Cube>"""

Answer = Callable[[BaseHTTPRequestHandler], None]


def a_file(*days: tuple[str, str]) -> bytes:
    """A reference file of these days and dollars."""
    written = "".join(DAY.format(day=day, usd=usd) for day, usd in days)
    return DAILY.format(days=written).encode()


def sends(content: bytes, status: int = 200) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


@contextmanager
def a_server(*answers: Answer) -> Iterator[tuple[str, list[str]]]:
    """Answers the first request with the first answer, and so on; the last one for ever."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            answers[min(len(asked), len(answers)) - 1](self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/eurofxref-daily.xml", asked
        finally:
            server.shutdown()


class TestTheFile:
    def test_is_read_oldest_day_first(self) -> None:
        days = rates_from_xml(a_file(("2030-03-04", "1.0812"), ("2030-03-01", "1.0800")))
        assert [day.published_on for day in days] == [date(2030, 3, 1), date(2030, 3, 4)]
        assert days[1].rates == {"USD": Decimal("1.0812"), "JPY": Decimal("160.25")}

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"not xml",
            a_file(("2030-03-04", "1.08"))[:-40],
            BOMB.encode(),
            a_file(("2030-03-04", "1.08")).replace(b"vocabulary", b"another"),
            a_file(("2030-03-04", "1.08")).replace(b"www.gesmes.org", b"www.example.com"),
            a_file(),
            a_file(("2030-03-04", "NaN")),
            a_file(("2030-03-04", "-1")),
            a_file(("2030-03-04", "0")),
            a_file(("2030-03-04", "1,08")),
            a_file(("2030-02-30", "1.08")),
            a_file(("2030-03-04", "1.08"), ("2030-03-04", "1.09")),
            a_file(("2030-03-04", "1.08")).replace(b"JPY", b"USD"),
            a_file(("2030-03-04", "1.08")).replace(b"UTF-8", b"no-such-encoding"),
        ],
        ids=lambda content: content[-60:].decode(),
    )
    def test_is_refused_whole_when_it_is_not_understood(self, content: bytes) -> None:
        with pytest.raises(RatesNotUnderstood):
            rates_from_xml(content)

    def test_may_name_a_currency_nobody_knows(self) -> None:
        content = a_file(("2030-03-04", "1.08")).replace(b"JPY", b"XQX")
        assert rates_from_xml(content)[0].rates == {"USD": Decimal("1.08")}


class TestTheServer:
    def test_is_asked_again_after_an_error_of_its_own(self) -> None:
        with a_server(sends(b"", 500), sends(a_file(("2030-03-04", "1.08")))) as (url, asked):
            assert len(fetch_rates(url, pause_s=0)) == 1
        assert len(asked) == 2

    @pytest.mark.parametrize("status", [500, 503, 404, 302])
    def test_is_given_up_after_three_attempts(self, status: int) -> None:
        with a_server(sends(b"", status)) as (url, asked):
            with pytest.raises(RatesNotFetched):
                fetch_rates(url, pause_s=0)
        assert len(asked) == 3

    def test_is_not_asked_again_for_a_file_that_is_not_understood(self) -> None:
        with a_server(sends(BOMB.encode())) as (url, asked):
            with pytest.raises(RatesNotUnderstood):
                fetch_rates(url, pause_s=0)
        assert len(asked) == 1

    def test_may_break_off(self) -> None:
        def breaks_off(request: BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            request.send_header("Content-Length", "10000")
            request.end_headers()
            request.wfile.write(a_file(("2030-03-04", "1.08"))[:50])

        with a_server(breaks_off) as (url, _):
            with pytest.raises(RatesNotFetched):
                fetch_rates(url, attempts=1, pause_s=0)

    def test_may_send_more_than_fits(self) -> None:
        with a_server(sends(b" " * (MOST_BYTES + 1))) as (url, _):
            with pytest.raises(RatesNotFetched, match="larger"):
                fetch_rates(url, attempts=1, pause_s=0)

    def test_may_drip_for_ever(self) -> None:
        over = Event()

        def drips(request: BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            request.end_headers()
            while not over.wait(0.02):
                try:
                    request.wfile.write(b" ")
                except OSError:
                    return

        with a_server(drips) as (url, _):
            try:
                with pytest.raises(RatesNotFetched, match="did not arrive"):
                    fetch_rates(url, attempts=1, timeout_s=0.3)
            finally:
                over.set()

    def test_may_be_silent_or_absent(self) -> None:
        over = Event()
        with a_server(lambda request: over.wait(30) and None) as (url, _):
            try:
                with pytest.raises(RatesNotFetched):
                    fetch_rates(url, attempts=1, timeout_s=0.2)
            finally:
                over.set()
        with pytest.raises(RatesNotFetched):
            fetch_rates(url, attempts=1, timeout_s=0.2)
