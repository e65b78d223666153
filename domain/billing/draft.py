"""What is a month that could be billed? The same shape before and after it is."""

from pydantic import BaseModel, ConfigDict

from domain.billing.calendar import Month
from domain.billing.invoice_line import InvoiceLine
from domain.billing.tax import Tax
from domain.billing.terms import Debtor
from domain.kernel.money import Currency
from domain.kernel.period import Period


class Draft(BaseModel):
    """A month as it would be billed: the lines are those of usage read up to `cut`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    month: Month
    period: Period
    cut: int
    currency: Currency
    debtor: Debtor
    lines: tuple[InvoiceLine, ...]
    net_minor: int
    tax: Tax
    total_minor: int
