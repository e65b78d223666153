"""What may a tenant change about itself?"""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import ValidationError

from domain.platform.plan import ModuleLimitExceeded, Plan
from domain.platform.tenant import Tenant, TenantModulesChanged, TenantPlanChanged, TenantThemeChanged
from domain.platform.theme import Theme

NOW = datetime(2030, 1, 2, tzinfo=UTC)


def tenant(plan: Plan = Plan.STARTER, modules: tuple[str, ...] = ("travel",)) -> Tenant:
    opened = Tenant.open(
        UUID(int=7),
        company_name="Alizé Voyages",
        slug="alize",
        plan=plan,
        custom_domain=None,
        theme=Theme(primary_colour="#102030", logo_url="https://cdn.example/logo.png"),
        modules_enabled=modules,
        sla_level=Decimal("0.995"),
        api_quota_daily=50_000,
        owner_id=UUID(int=8),
        at=NOW,
    )
    opened.collect_events()
    return opened


class TestChangeTheme:
    def test_is_a_merge_patch(self) -> None:
        it = tenant()
        it.change_theme(Theme(body_font="Inter", logo_url=None), at=NOW)
        [changed] = it.collect_events()
        assert isinstance(changed, TenantThemeChanged)
        assert it.theme == Theme(primary_colour="#102030", body_font="Inter")

    def test_is_calm_when_nothing_changes(self) -> None:
        it = tenant()
        it.change_theme(Theme(), at=NOW)
        it.change_theme(Theme(primary_colour="#102030", heading_font=None), at=NOW)
        assert not it.has_pending_events

    @pytest.mark.parametrize(
        "url",
        [
            "http://cdn.example/logo.png",
            "javascript:alert(1)",
            "https://user:pw@cdn.example/x",
            'https://cdn.example/"onload=',
            "https://cdn.example/x\n",
            "https://cdn.example/" + "x" * 500,
        ],
    )
    def test_refuses_an_address_that_is_no_plain_https_link(self, url: str) -> None:
        with pytest.raises(ValidationError):
            Theme(logo_url=url)

    def test_refuses_unknown_fields(self) -> None:
        with pytest.raises(ValidationError):
            Theme.model_validate({"colour": "#000000"})


class TestChangeModules:
    def test_keeps_each_module_once(self) -> None:
        it = tenant()
        it.change_modules(("esg", "travel", "esg"), at=NOW)
        [changed] = it.collect_events()
        assert isinstance(changed, TenantModulesChanged)
        assert changed.modules_enabled == ("esg", "travel")

    def test_is_calm_when_they_are_the_same_in_another_order(self) -> None:
        it = tenant(modules=("esg", "travel"))
        it.change_modules(("travel", "esg"), at=NOW)
        assert not it.has_pending_events

    def test_refuses_more_than_the_plan_includes(self) -> None:
        with pytest.raises(ModuleLimitExceeded) as refused:
            tenant().change_modules(("a", "b", "c", "d"), at=NOW)
        assert refused.value.facts == {"plan": "starter", "limit": 3, "asked": 4}


class TestChangePlan:
    def test_brings_the_terms_of_the_plan(self) -> None:
        it = tenant()
        it.change_plan(Plan.BUSINESS, at=NOW)
        [changed] = it.collect_events()
        assert isinstance(changed, TenantPlanChanged)
        assert (changed.sla_level, changed.api_quota_daily) == (Decimal("0.999"), 500_000)

    def test_refuses_a_plan_with_fewer_modules_than_are_on(self) -> None:
        with pytest.raises(ModuleLimitExceeded):
            tenant(Plan.BUSINESS, ("a", "b", "c", "d")).change_plan(Plan.STARTER, at=NOW)

    def test_is_calm_when_already_on_it(self) -> None:
        it = tenant()
        it.change_plan(Plan.STARTER, at=NOW)
        assert not it.has_pending_events
