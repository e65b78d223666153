"""Where does each figure stand in the forms of ESRS E1-6 and of the French BEGES?"""

from dataclasses import dataclass

from domain.esg.report_content import Amount, ReportContent
from domain.kernel.emissions import GhgCategory

# The regulatory format of 2022 (decree 2022-982): six categories of items.
BEGES_ITEMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("1.1", "stationary_combustion", ("stationary_combustion",)),
    ("1.2", "mobile_combustion", ("mobile_combustion",)),
    ("1.3", "process_emissions", ("process_emissions",)),
    ("1.4", "fugitive_emissions", ("fugitive_emissions",)),
    ("2.1", "purchased_electricity", ("purchased_electricity",)),
    ("2.2", "purchased_heat", ("purchased_heat",)),
    ("3.1", "upstream_transport", ("upstream_transport",)),
    ("3.2", "downstream_transport", ("downstream_transport",)),
    ("3.3", "employee_commuting", ("employee_commuting",)),
    ("3.4", "visitors", ()),
    ("3.5", "business_travel", ("business_travel",)),
    # Upstream of fuel and energy is part of purchased goods in this format.
    ("4.1", "beges_goods", ("fuel_and_energy",)),
    ("4.2", "capital_goods", ("capital_goods",)),
    ("4.3", "waste", ("waste",)),
    ("4.4", "upstream_leased_assets", ("upstream_leased_assets",)),
    ("4.1 + 4.5", "beges_services", ("purchased_goods_and_services",)),
    ("5.1", "use_of_sold_products", ("use_of_sold_products",)),
    ("5.2", "downstream_leased_assets", ("downstream_leased_assets",)),
    ("5.3", "end_of_life_of_sold_products", ("end_of_life_of_sold_products",)),
    ("5.4", "investments", ("investments",)),
    ("6.1", "other_indirect", ("processing_of_sold_products", "franchises")),
)


@dataclass(frozen=True)
class FormRow:
    """One line of a form; None where the report has nothing to say there."""

    item: str
    key: str
    g: int | None


def esrs_rows(content: ReportContent) -> list[FormRow]:
    """The table of ESRS E1-6: gross scopes 1, 2 and 3 and the totals by both methods."""
    one, two, three = (content.scope(number) for number in (1, 2, 3))
    rows = [
        FormRow("E1-6 44 (a)", "esrs.scope_1", one.location_g),
        FormRow("E1-6 44 (b)", "esrs.scope_2_location", two.location_g),
        FormRow("E1-6 44 (b)", "esrs.scope_2_market", two.market_g),
        FormRow("E1-6 44 (c)", "esrs.scope_3", three.location_g),
    ]
    rows += [
        FormRow(f"E1-6 51 · {key.number}", f"category.{key.value}", content.category(key).location_g)
        for key in GhgCategory
        if key.number and content.category(key) != Amount()
    ]
    return [
        *rows,
        FormRow("E1-6 44 (d)", "esrs.total_location", content.total.location_g),
        FormRow("E1-6 44 (d)", "esrs.total_market", content.total.market_g),
    ]


def beges_rows(content: ReportContent) -> list[FormRow]:
    """The items of the French balance, location-based as the decree asks; empty ones are named too."""
    return [
        FormRow(item, f"category.{key}", sum(content.category(each).location_g for each in keys) or None)
        for item, key, keys in BEGES_ITEMS
    ]
