"""Who subscribes, and to what?"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.billing.price import BillingModel, Name
from domain.kernel.instants import Instant
from domain.kernel.text import Code, CountryCode, Title

Seats = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
AddOns = Annotated[dict[Name, Annotated[int, Field(strict=True, ge=1, le=10_000)]], Field(max_length=40)]


class Debtor(BaseModel):
    """Who is billed: a company in a country, with its VAT number where it has one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    legal_name: Title
    country: CountryCode
    vat_number: Code | None = None


class Terms(BaseModel):
    """What is subscribed to, all of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: Name
    model: BillingModel
    seats: Seats = 0
    add_ons: AddOns = {}


class TermsSince(BaseModel):
    """Terms, and the moment they began."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: Instant
    terms: Terms
