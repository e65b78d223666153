"""Which companies get which tenant?"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from domain.kernel.claims import Claim
from domain.platform.plan import ModuleLimitExceeded, Plan
from domain.platform.registration import Registration, RegistrationCompleted, RegistrationMade, SlugReserved
from domain.platform.theme import Theme

NOW = datetime(2030, 1, 2, tzinfo=UTC)
TENANT = UUID(int=7)


def registration(**facts: Any) -> Registration:
    return Registration.make(
        TENANT,
        **{
            "company_name": "Alizé Voyages",
            "slug": "alize",
            "plan": Plan.STARTER,
            "custom_domain": None,
            "theme": Theme(),
            "modules_enabled": (),
            "sla_level": None,
            "api_quota_daily": None,
            "owner_id": uuid4(),
            "owner_email": "Ana@Alize.example",
            "owner_name": "Ana",
            "at": NOW,
            **facts,
        },
    )


class TestMake:
    @pytest.mark.parametrize(
        ("plan", "sla_level", "quota"),
        [
            (Plan.STARTER, "0.995", 50_000),
            (Plan.BUSINESS, "0.999", 500_000),
            (Plan.ENTERPRISE_PLUS, "0.9995", None),
        ],
    )
    def test_takes_what_was_left_open_from_the_plan(
        self, plan: Plan, sla_level: str, quota: int | None
    ) -> None:
        [made] = registration(plan=plan).collect_events()
        assert isinstance(made, RegistrationMade)
        assert made.sla_level == Decimal(sla_level)
        assert made.api_quota_daily == quota

    def test_keeps_what_was_negotiated(self) -> None:
        made = registration(plan=Plan.ENTERPRISE_PLUS, sla_level=Decimal("0.99999"), api_quota_daily=9)
        assert (made.sla_level, made.api_quota_daily) == (Decimal("0.99999"), 9)

    def test_is_the_tenant_to_be(self) -> None:
        [made] = registration().collect_events()
        assert isinstance(made, RegistrationMade)
        assert made.tenant_id == made.originator_id == TENANT

    def test_claims_the_slug_and_the_domain(self) -> None:
        claims = registration(custom_domain="Travel.Alize.example").collect_claims()
        assert claims.taken == (
            Claim(kind="tenant-slug", key="alize", holder=TENANT),
            Claim(kind="tenant-domain", key="travel.alize.example", holder=TENANT),
        )
        assert claims.released == ()

    def test_refuses_a_slug_of_the_platform(self) -> None:
        with pytest.raises(SlugReserved):
            registration(slug="api")

    def test_refuses_a_fourth_module_on_the_starter_plan(self) -> None:
        registration(modules_enabled=("travel", "esg", "booking"))
        with pytest.raises(ModuleLimitExceeded):
            registration(modules_enabled=("travel", "esg", "booking", "crm"))
        registration(modules_enabled=("travel", "esg", "booking", "crm"), plan=Plan.BUSINESS)

    def test_refuses_a_service_level_that_does_not_fit_its_column(self) -> None:
        for level in ("0.9999999", "1.1", "0", "NaN"):
            with pytest.raises(ValidationError):
                registration(sla_level=Decimal(level))


class TestComplete:
    def test_is_calm_when_already_complete(self) -> None:
        made = registration()
        made.complete(at=NOW)
        made.complete(at=NOW)
        assert [type(event) for event in made.collect_events()] == [RegistrationMade, RegistrationCompleted]
