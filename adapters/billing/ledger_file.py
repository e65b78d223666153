"""How does a ledger leave the house? As CSV, the same bytes for the same entries."""

import csv
import io
from collections.abc import Iterable

from domain.billing.ledger import LedgerEntry
from domain.kernel.money import minor_digits

AMOUNTS = ("net_minor", "tax_minor", "total_minor", "balance_minor")


def csv_of(entries: Iterable[LedgerEntry]) -> bytes:
    """One line per entry; amounts in whole units of the currency, with all its digits."""
    # Read here: it comes with the library of spreadsheets.
    from adapters.documents.report_sheets import safe

    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    names = tuple(LedgerEntry.model_fields)
    writer.writerow([name.removesuffix("_minor") for name in names])
    for entry in entries:
        values = dict(entry)
        writer.writerow(
            [
                _amount(values[name], entry.currency) if name in AMOUNTS else safe(values[name])
                for name in names
            ]
        )
    return buffer.getvalue().encode()


def _amount(minor: int, currency: str) -> str:
    digits = minor_digits(currency)
    whole, rest = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{rest:0{digits}}" if digits else f"{sign}{whole}"
