"""Who subscribes, and to what?"""

from typing import Annotated

from pydantic import Field

from domain.billing.price import BillingModel, Name
from domain.kernel.instants import Instant
from domain.kernel.text import Code, CountryCode, Title
from domain.kernel.value import Value

Seats = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
AddOns = Annotated[dict[Name, Annotated[int, Field(strict=True, ge=1, le=10_000)]], Field(max_length=40)]


class Debtor(Value):
    """Who is billed: a company in a country, with its VAT number where it has one."""

    legal_name: Title
    country: CountryCode
    vat_number: Code | None = None


class Terms(Value):
    """What is subscribed to, all of it."""

    plan: Name
    model: BillingModel
    seats: Seats = 0
    add_ons: AddOns = {}


class TermsSince(Value):
    """Terms, and the moment they began."""

    since: Instant
    terms: Terms
