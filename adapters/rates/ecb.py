"""What does the central bank's reference file say? Read with suspicion: it comes from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from time import monotonic, sleep
from xml.etree.ElementTree import Element, ParseError

import httpx2
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from domain.kernel.money import CURRENCIES

CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
ENVELOPE = "{http://www.gesmes.org/xml/2002-08-01}Envelope"

ATTEMPTS = 3
PAUSE_S = 1.0
TIMEOUT_S = 10.0
# The history of ninety days has about 80 kB.
MOST_BYTES = 2 * 1024 * 1024
MOST_DAYS = 400


class RatesNotFetched(Exception):
    """The reference file could not be fetched whole."""


class RatesNotUnderstood(Exception):
    """What was fetched is not a reference file of the European Central Bank."""


@dataclass(frozen=True)
class DayOfRates:
    """One banking day: units of each currency for one euro."""

    published_on: date
    rates: Mapping[str, Decimal]


def fetch_rates(
    url: str, *, attempts: int = ATTEMPTS, timeout_s: float = TIMEOUT_S, pause_s: float = PAUSE_S
) -> list[DayOfRates]:
    """The days of the file at that address, the oldest first.

    Only fetching is tried again: a file that is not understood would be the same next time.
    """
    for attempt in range(1, attempts + 1):
        try:
            return rates_from_xml(_fetch(url, timeout_s=timeout_s))
        except RatesNotFetched:
            if attempt == attempts:
                raise
            sleep(pause_s * attempt)
    raise RatesNotFetched("no attempt was allowed")


def rates_from_xml(content: bytes) -> list[DayOfRates]:
    """The days of a reference file (`eurofxref-daily.xml`, `-hist-90d.xml`), the oldest first."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise RatesNotUnderstood(f"not a plain XML document: {type(error).__name__}") from error
    if root.tag != ENVELOPE:
        raise RatesNotUnderstood(f"the document is a {root.tag[:100]}, not an {ENVELOPE}")
    days = [_day(cube) for cube in root.iter(CUBE) if "time" in cube.attrib]
    if not 1 <= len(days) <= MOST_DAYS:
        raise RatesNotUnderstood(f"the document has {len(days)} days of rates")
    if len({day.published_on for day in days}) < len(days):
        raise RatesNotUnderstood("a day appears twice")
    return sorted(days, key=lambda day: day.published_on)


def _fetch(url: str, *, timeout_s: float) -> bytes:
    # The client's own limit is per read; a server that drips bytes is stopped by the deadline.
    deadline = monotonic() + timeout_s
    content = bytearray()
    try:
        with httpx2.stream("GET", url, timeout=timeout_s, follow_redirects=False) as answer:
            if answer.status_code != httpx2.codes.OK:
                raise RatesNotFetched(f"the server answered {answer.status_code}")
            for part in answer.iter_bytes():
                content += part
                if len(content) > MOST_BYTES:
                    raise RatesNotFetched(f"the file is larger than {MOST_BYTES} bytes")
                if monotonic() > deadline:
                    raise RatesNotFetched(f"the file did not arrive within {timeout_s} s")
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise RatesNotFetched(f"{type(error).__name__}") from error
    return bytes(content)


def _day(cube: Element) -> DayOfRates:
    try:
        published_on = date.fromisoformat(cube.attrib["time"])
        quoted = [
            (rate.attrib["currency"], Decimal(rate.attrib["rate"]))
            for rate in cube.iter(CUBE)
            if rate is not cube
        ]
    except (KeyError, ValueError, InvalidOperation) as error:
        raise RatesNotUnderstood("a rate has no day, no currency or no figure") from error
    rates = {currency: rate for currency, rate in quoted if currency in CURRENCIES}
    if not rates or len({currency for currency, _ in quoted}) < len(quoted):
        raise RatesNotUnderstood(f"the rates of {published_on} are missing or listed twice")
    if not all(rate.is_finite() and 0 < rate < 10**9 for rate in rates.values()):
        raise RatesNotUnderstood(f"a rate of {published_on} is no positive figure")
    return DayOfRates(published_on, rates)
