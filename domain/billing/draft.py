"""What is a month that could be billed? The same shape before and after it is."""

from domain.billing.calendar import Month
from domain.billing.invoice_line import InvoiceLine
from domain.billing.tax import Tax
from domain.billing.terms import Debtor
from domain.kernel.money import Currency
from domain.kernel.period import Period
from domain.kernel.value import Value


class Draft(Value):
    """A month as it would be billed: the lines are those of usage read up to `cut`."""

    month: Month
    period: Period
    cut: int
    currency: Currency
    debtor: Debtor
    lines: tuple[InvoiceLine, ...]
    net_minor: int
    tax: Tax
    total_minor: int
