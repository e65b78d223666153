"""How does a line of an invoice say what it is for?"""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from adapters.documents.paper import Paper
from adapters.documents.writing import SPACE, Language, Pen
from domain.billing.charge import PerUnit
from domain.billing.invoice_line import InvoiceLine, LineKind
from domain.billing.price import PriceKind
from domain.billing.tax import TaxCategory
from domain.kernel.money import minor_digits
from domain.kernel.period import Period


class Words:
    """The words of one document."""

    def __init__(self, paper: Paper, language: Language) -> None:
        self.paper = paper
        self.pen = Pen("invoice", language)

    @property
    def title(self) -> str:
        """Invoice F2026-000001."""
        return f"{self.pen.say(self.paper.kind)} {self.paper.number}"

    def money(self, minor: int) -> str:
        """An amount with its currency."""
        digits = minor_digits(self.paper.currency)
        return f"{self.pen.number(self.paper.amount(minor), digits)}{SPACE}{self.paper.currency}"

    def price(self, amount: Decimal) -> str:
        """A unit price with all its digits, two at least."""
        digits = max(minor_digits(self.paper.currency), -int(amount.normalize().as_tuple().exponent))
        return self.pen.number(amount, digits)

    def month(self, name: str) -> str:
        """January 2026."""
        year, number = map(int, name.split("-"))
        return self.pen.month(date(year, number, 1))

    def what(self, line: InvoiceLine) -> str:
        """What a line is for, in a few words."""
        words = self.pen.name("line", line.code)
        title = words if words != line.code.replace("_", " ") else line.price.title
        match line.kind:
            case LineKind.CHARGE:
                return (
                    f"{title} ({line.plan.replace('_', ' ').capitalize()})" if line.code == "plan" else title
                )
            case LineKind.MINIMUM:
                return self.pen.say("line.minimum", title=title)
            case LineKind.CORRECTION:
                return self.pen.say("line.correction", title=title, month=self.month(line.month))
            case LineKind.SLA_CREDIT:
                return self.pen.say("line.sla_credit", month=self.month(line.month))

    def how(self, line: InvoiceLine) -> str:
        """How the amount comes about."""
        said = []
        if line.kind in (LineKind.CHARGE, LineKind.CORRECTION):
            said += self._quantity(line)
        if line.is_capped:
            said.append(self.pen.say("capped"))
        if line.kind is LineKind.SLA_CREDIT:
            said.append(self.pen.say("sla", percent=self.pen.exact(line.quantity)))
            if line.included:
                said.append(self.pen.say("sla.less", amount=self.price(line.included)))
        elif line.periods != (self.paper.period,) and line.price.kind is not PriceKind.METER:
            said.append(", ".join(self._period(one) for one in line.periods))
        return "; ".join(said)

    def tax(self) -> str:
        """VAT and its rate, or why there is none."""
        if self.paper.tax.category is TaxCategory.STANDARD:
            return self.pen.say("vat", percent=self.pen.exact(self.paper.tax.percent))
        return self.pen.say("vat.none")

    def tax_note(self) -> str | None:
        """The sentence the law wants where no VAT is charged."""
        category = self.paper.tax.category
        return None if category is TaxCategory.STANDARD else self.pen.say(f"vat.{category.value}")

    def reason(self) -> str:
        """What a credit note is for."""
        cause = self.pen.say(f"cause.{self.paper.cause.value}") if self.paper.cause else ""
        return f"{cause}{self.pen.say('colon')}{self.paper.reason}"

    def _quantity(self, line: InvoiceLine) -> list[str]:
        pen, price = self.pen, line.price
        if price.kind is PriceKind.SEAT and isinstance(price.charge, PerUnit):
            return [
                pen.say(
                    "seat_days", days=pen.exact(line.quantity), price=self.price(price.charge.unit_amount)
                )
            ]
        if price.kind is not PriceKind.METER:
            return []
        used = pen.say("used", used=pen.exact(line.quantity))
        included = pen.say("included", included=pen.exact(line.included)) if line.included else ""
        each = (
            pen.say("each", price=self.price(price.charge.unit_amount))
            if isinstance(price.charge, PerUnit)
            else pen.say(f"model.{price.charge.model}")
        )
        return [", ".join(one for one in (used, included, each) if one)]

    def _period(self, period: Period) -> str:
        local = ZoneInfo(self.paper.zone)
        start, end = period.start.astimezone(local), period.end.astimezone(local)
        if start.timetz().replace(tzinfo=None) == end.timetz().replace(tzinfo=None) == start.min.time():
            first, last = self.paper.days(period)
            if first == last:
                return self.pen.day(first)
            return self.pen.say("from_to", first=self.pen.day(first), last=self.pen.day(last))
        return self.pen.say(
            "from_to",
            first=f"{self.pen.day(start.date())} {start:%H:%M}",
            last=f"{self.pen.day(end.date())} {end:%H:%M}",
        )
