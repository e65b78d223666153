"""What does a plan include besides amounts?"""

import pytest

from domain.billing.deal import BUSINESS, GRAND, features_of
from domain.billing.price import ProductLine


@pytest.mark.parametrize(
    ("line", "plan", "included"),
    [
        (ProductLine.WHITE_LABEL, "starter", frozenset()),
        (ProductLine.WHITE_LABEL, "business", BUSINESS),
        (ProductLine.WHITE_LABEL, "enterprise_plus", GRAND),
        (ProductLine.CRM, "free", frozenset()),
        (ProductLine.CRM, "starter", GRAND),
    ],
)
def test_what_nobody_pays_for_includes_nothing(
    line: ProductLine, plan: str, included: frozenset[str]
) -> None:
    assert features_of(line, plan, {}) == included
    assert features_of(line, plan, {"graphql": True}) == included | {"graphql"}
    assert features_of(line, plan, {"graphql": False}) == included - {"graphql"}
