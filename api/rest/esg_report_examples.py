"""Examples of reports of emissions; part of `examples`."""

from typing import Any

REPORT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a0e5"
SUCCESSOR = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a0e6"
FINANCE = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a002"
AUDITED_BY = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a003"
DIGEST = "f025c87024f3f085a1365b6717dc66a34f0672325573a67c2d7fa6c9334fa53f"

TARGETS = {
    "base_year": 2027,
    "declared_base": None,
    "targets": [
        {"name": "Half by 2035", "target_year": 2035, "reduction_percent": "50.00", "scopes": [1, 2, 3]}
    ],
    "drafts_monthly": False,
    "drafts_yearly": True,
}
TARGETS_VIEW = {"version": 1, "position": 4_001, **TARGETS}
TOTAL = {"location_g": 95_248_152, "market_g": 21_035_772}


def _row(key: str, location_g: int = 95_248_152, market_g: int = 21_035_772) -> dict[str, Any]:
    return {"key": key, "location_g": location_g, "market_g": market_g}


CONTENT = {
    "cover": {
        "company_name": "Northwind Travel",
        "primary_colour": "#1a73e8",
        "secondary_colour": None,
        "accent_colour": None,
    },
    "start": "2030-01-01",
    "end": "2031-01-01",
    "position": 4_211,
    "lines": 24,
    "lines_sha256": DIGEST,
    "head_count": 240,
    "annual_revenue": {"amount_minor": 5_230_000_000, "currency": "EUR"},
    "trips": 0,
    "methods": ["desnz"],
    "total": TOTAL,
    "scopes": [_row("2")],
    "categories": [_row("purchased_electricity")],
    "months": [_row("2030-01")],
    "months_by_scope": [
        {
            "month": "2030-01-01",
            "scope_1_g": 0,
            "scope_2_location_g": 95_248_152,
            "scope_2_market_g": 21_035_772,
            "scope_3_g": 0,
        }
    ],
    "sites": [_row("Lyon")],
    "departments": [_row("unassigned")],
    "modes": [_row("electricity")],
    "routes": [_row("unassigned")],
    "previous": {
        "year": 2029,
        "start": "2029-01-01",
        "end": "2030-01-01",
        "total": {"location_g": 99_000_000, "market_g": 24_000_000},
        "scopes": [_row("2", 99_000_000, 24_000_000)],
        "lines_sha256": DIGEST,
        "is_declared": False,
        "changes": [
            {
                "mode": "electricity",
                "before": "Ember 2028 (desnz)",
                "after": "Ember 2029 (desnz)",
                "effect_g": -1_204_000,
                "is_recalculation_due": False,
            }
        ],
    },
    "base": None,
    "intensity": [{"per": "employee", "denominator": "240", "location_kg": "396.867", "market_kg": "87.649"}],
    "trajectories": [
        {
            "name": "Half by 2035",
            "base_year": 2027,
            "base_g": 30_000_000,
            "target_year": 2035,
            "reduction_percent": "50.00",
            "expected_g": 24_375_000,
            "actual_g": 21_035_772,
        }
    ],
    "levers": [],
    "quality": {"grades": [_row("1")], "estimate_g": 0, "uncertainty_percent": "5.0"},
    "factors": [
        {
            "id": "FRA-2029",
            "value": "0.0415",
            "unit": "kWh",
            "publisher": "Ember",
            "year": 2029,
            "source": "Ember, Yearly Electricity Data (CC BY 4.0)",
            "method": "desnz",
            "is_market": False,
            "lines": 24,
            "g": 95_248_152,
        }
    ],
    "market_by_location_g": 21_035_772,
}
SUMMARY = {
    "version": 4,
    "position": None,
    "id": REPORT,
    "kind": "year",
    "start": "2030-01-01",
    "end": "2031-01-01",
    "status": "published",
    "restates": None,
    "successor_id": None,
    "total": TOTAL,
    "snapshot_position": 4_211,
    "content_sha256": DIGEST,
    "drafted_by": None,
    "reviewed_by": FINANCE,
    "approved_by": AUDITED_BY,
    "published_by": FINANCE,
    "published_at": "2031-02-03T09:30:00Z",
}
VIEW = {
    **SUMMARY,
    "reason": None,
    "drafted_at": "2031-01-01T00:10:00Z",
    "reviewed_at": "2031-01-20T10:00:00Z",
    "approved_at": "2031-01-28T15:00:00Z",
    "content": CONTENT,
}
NOT_YET = {"published_by": None, "published_at": None}
REVIEWED = {
    **VIEW,
    **NOT_YET,
    "version": 2,
    "position": 4_220,
    "status": "reviewed",
    "approved_by": None,
    "approved_at": None,
}
UNSEEN = {
    "total": None,
    "snapshot_position": None,
    "content_sha256": None,
    "reviewed_by": None,
    "content": None,
}
DRAFTED = {**REVIEWED, **UNSEEN, "version": 1, "position": 4_212, "status": "draft", "reviewed_at": None}

REQUESTS: dict[str, Any] = {
    "set_carbon_targets": TARGETS,
    "draft_esg_report": {"start": "2030-01-01", "end": "2031-01-01"},
    "review_esg_report": {"position": 4_211},
    "restate_esg_report": {"reason": "The factor set of 2031"},
}
ANSWERS: dict[str, Any] = {
    "set_carbon_targets": TARGETS_VIEW,
    "get_carbon_targets": {**TARGETS_VIEW, "position": None},
    "draft_esg_report": DRAFTED,
    "list_esg_reports": {"data": [SUMMARY], "next_cursor": None},
    "get_esg_report": VIEW,
    "review_esg_report": REVIEWED,
    "approve_esg_report": {**VIEW, **NOT_YET, "version": 3, "position": 4_230, "status": "approved"},
    "publish_esg_report": {**VIEW, "position": 4_231},
    "restate_esg_report": {
        **DRAFTED,
        "id": SUCCESSOR,
        "restates": REPORT,
        "reason": "The factor set of 2031",
    },
    "download_esg_report": "table,key,name,location_kg,market_kg\r\ntotal,total,Total,95248.152,21035.772\r\n",
    "get_esg_report_difference": {
        "report_id": REPORT,
        "from_position": 4_211,
        "to_position": 4_400,
        "before": TOTAL,
        "after": {"location_g": 95_372_652, "market_g": 21_160_272},
        "causes": [
            {"cause": "late_entry", "lines": 1, "location_g": 124_500, "market_g": 124_500},
            {"cause": "correction", "lines": 0, "location_g": 0, "market_g": 0},
            {"cause": "factor_set", "lines": 0, "location_g": 0, "market_g": 0},
            {"cause": "method", "lines": 0, "location_g": 0, "market_g": 0},
        ],
        "changes_in_all": 1,
        "changes": [
            {
                "location_g": 124_500,
                "market_g": 124_500,
                "cause": "late_entry",
                "subject": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a0f1:purchased_electricity:direct:electricity:2030-05",
                "line_before": None,
                "line_after": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a0f2",
                "positions_before": [],
                "positions_after": [4_390],
                "events": ["/api/v1/audit/events/4390/proof"],
            }
        ],
    },
}
