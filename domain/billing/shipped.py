"""Which prices does the house start with? Those of the product documents; published versions replace them.

What the documents leave open is proposed here: 0.002 EUR per call beyond the included volume, 4 EUR per
active user beyond the included number, 9 EUR per seat; 500, 2 500 and 15 000 appointments a month. What
the plans of the white-label suite allow is not repeated: the platform's own plans say it.
"""

from datetime import UTC, datetime
from decimal import Decimal

from domain.billing.charge import Fixed, PerUnit
from domain.billing.price import BillingModel, PlanPrices, Price, PriceKind, ProductLine

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
DAYS_INCLUDED = 30
USAGE = (BillingModel.USAGE,)
SEATS = (BillingModel.SEATS,)


def _fee(amount: str) -> Price:
    return Price(
        code="plan",
        title="Plan",
        kind=PriceKind.RECURRING,
        charge=Fixed(amount=Decimal(amount)),
    )


def _seat(amount: str) -> Price:
    return Price(
        code="seat",
        title="Seat",
        kind=PriceKind.SEAT,
        models=SEATS,
        charge=PerUnit(unit_amount=Decimal(amount)),
    )


def _metered(meter: str, title: str, amount: str, included: int, models: tuple[BillingModel, ...]) -> Price:
    return Price(
        code=meter,
        title=title,
        kind=PriceKind.METER,
        meter=meter,
        models=models,
        charge=PerUnit(unit_amount=Decimal(amount)),
        included=Decimal(included),
    )


def _add_on(code: str, title: str, amount: str) -> Price:
    return Price(code=code, title=title, kind=PriceKind.ADD_ON, charge=PerUnit(unit_amount=Decimal(amount)))


def _suite(plan: str, title: str, fee: str, calls_a_day: int, users: int) -> PlanPrices:
    prices = (
        _fee(fee),
        _seat("9"),
        _metered("api_calls", "API calls", "0.002", calls_a_day * DAYS_INCLUDED, USAGE),
        _metered("active_users", "Active users", "4", users, USAGE),
    )
    return PlanPrices(
        line=ProductLine.WHITE_LABEL, plan=plan, title=title, effective_from=SINCE, prices=prices
    )


def _agenda(plan: str, title: str, fee: str, professionals: int, appointments_monthly: int) -> PlanPrices:
    return PlanPrices(
        line=ProductLine.APPOINTMENTS,
        plan=plan,
        title=title,
        effective_from=SINCE,
        prices=(_fee(fee),),
        limits={"professionals": professionals, "appointments_monthly": appointments_monthly},
    )


def _crm(
    plan: str, title: str, fee: str, limits: dict[str, int | None], emails: int | None, sms: int | None
) -> PlanPrices:
    overage = () if emails is None or sms is None else (
        _metered("emails", "E-mails", "0.02", emails, (BillingModel.SEATS, BillingModel.USAGE)),
        _metered("sms", "SMS", "0.05", sms, (BillingModel.SEATS, BillingModel.USAGE)),
    )  # fmt: skip
    add_ons = (
        _add_on("trade_module", "Trade module", "20"),
        _add_on("whatsapp", "WhatsApp", "30"),
        _add_on("e_signature", "E-signature, 50 signatures", "15"),
        _add_on("storage_100_gb", "Storage, 100 GB", "10"),
    )
    return PlanPrices(
        line=ProductLine.CRM,
        plan=plan,
        title=title,
        effective_from=SINCE,
        prices=(_fee(fee), *overage, *add_ons),
        limits=limits,
    )


def _crm_limits(
    users: int | None, contacts: int | None, quotes: int | None, banks: int | None, integrations: int | None
) -> dict[str, int | None]:
    return {
        "users": users,
        "contacts": contacts,
        "quotes": quotes,
        "banks": banks,
        "integrations": integrations,
    }


SHIPPED: tuple[PlanPrices, ...] = (
    _suite("starter", "Starter", "2500", 50_000, 500),
    _suite("business", "Business", "8000", 500_000, 5_000),
    PlanPrices(
        line=ProductLine.WHITE_LABEL,
        plan="enterprise_plus",
        title="Enterprise+",
        effective_from=SINCE,
        on_quote=True,
    ),
    _agenda("starter", "Starter", "29", 5, 500),
    _agenda("professional", "Professional", "79", 20, 2_500),
    _agenda("enterprise", "Enterprise", "199", 100, 15_000),
    PlanPrices(
        line=ProductLine.APPOINTMENTS, plan="scale", title="Scale", effective_from=SINCE, on_quote=True
    ),
    _crm("free", "Free", "0", _crm_limits(1, 100, 10, 1, 2) | {"emails": 100, "sms": 50}, None, None),
    _crm("starter", "Starter", "49", _crm_limits(3, 1_000, 100, 3, 5), 1_000, 500),
    _crm("pro", "Pro", "149", _crm_limits(10, None, None, None, None), 10_000, 2_000),
    _crm("enterprise", "Enterprise", "500", _crm_limits(None, None, None, None, None), None, None),
)
