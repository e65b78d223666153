"""What does one line of an invoice say?"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.billing.calendar import Month
from domain.billing.price import Name, Price
from domain.kernel.period import Period
from domain.kernel.text import Title
from domain.kernel.value import Value


class LineKind(StrEnum):
    """Why the line is there."""

    CHARGE = "charge"
    MINIMUM = "minimum"
    CORRECTION = "correction"
    SLA_CREDIT = "sla_credit"


class InvoiceLine(Value):
    """So much for one price of one plan, in the part of `month` it was in force.

    `quantity` is what was used, held or booked: units of a meter, days of seats, pieces of an add-on.
    `price` is the price as it was, so that the line can be computed again from itself and the log.
    `included` of them were free. Of a credit for the service level they are percents of the fee, less what a
    credit note had given back, in whole units of the currency. The amount is in the smallest unit of the
    invoice's currency; below zero where an earlier invoice charged too much.
    """

    kind: LineKind
    month: Month
    plan: Name
    code: Name
    title: Title
    price: Price
    periods: Annotated[tuple[Period, ...], Field(min_length=1)]
    quantity: Decimal
    included: Decimal = Decimal(0)
    is_capped: bool = False
    amount_minor: int
