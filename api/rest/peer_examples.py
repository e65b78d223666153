"""One example per operation about peers and exchange rates, for whoever reads the OpenAPI document."""

from typing import Any

MEMBERSHIP = {
    "version": 1,
    "position": 44,
    "id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a011",
    "is_member": True,
    "nace": "62",
    "head_count": 240,
    "contributed": ["2030-Q1"],
}
ANSWERS: dict[str, Any] = {
    "get_benchmark": {
        "metric": "carbon_per_trip",
        "period": "2030-Q1",
        "sector": "62",
        "unit": "kg",
        "step": "50",
        "quartiles": {"lower": "150", "median": "250", "upper": "450"},
        "own": "312.400000",
        "nothing_because": None,
        "explanation": None,
    },
    "get_benchmark_membership": {**MEMBERSHIP, "position": None},
    "join_benchmark": {**MEMBERSHIP, "contributed": []},
    "leave_benchmark": {**MEMBERSHIP, "version": 3, "is_member": False},
    "get_exchange_rate": {
        "currency": "USD",
        "on": "2026-10-31",
        "units_per_eur": "1.0812",
        "published_on": "2026-10-30",
        "source": "ECB euro foreign exchange reference rates",
    },
}
