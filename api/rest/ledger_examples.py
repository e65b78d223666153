"""Examples of the carbon ledger, for the OpenAPI document."""

from typing import Any

from application.esg.activity_lines import TEMPLATE

SITE: dict[str, Any] = {
    "version": 1,
    "position": 11,
    "id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a031",
    "code": "PARIS",
    "name": "Paris head office",
    "country": "FR",
    "department_id": None,
    "cost_centre_id": None,
    "is_open": True,
}
METER: dict[str, Any] = {
    "version": 1,
    "position": 13,
    "id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a032",
    "site_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a031",
    "code": "PDL-0417",
    "energy": "electricity",
    "is_in_use": True,
}
VEHICLE: dict[str, Any] = {
    "version": 1,
    "position": 14,
    "id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a033",
    "code": "C3",
    "site_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a031",
    "body": "car_average",
    "drive": "diesel",
    "department_id": None,
    "cost_centre_id": None,
    "is_in_use": True,
}
CONTRACT: dict[str, Any] = {
    "basis": "guarantee_of_origin",
    "factor": {
        "reference": "GO-2025-118",
        "kg_per_unit": "0",
        "publisher": "Vent du Nord",
        "source": "Cancelled guarantees of origin 2025",
        "year": 2025,
    },
}
BILL: dict[str, Any] = {
    
        "kind": "energy_bill",
        "meter_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a032",
        "start": "2025-02-01",
        "end": "2025-03-01",
        "kwh": "12400"
    ,
    "contract": CONTRACT,
}
ENTERED: list[dict[str, Any]] = [
    {
        "occurred_on": "2025-02-01",
        "mode": "electricity",
        "is_estimate": False,
        "line": {
            "scope": 2,
            "category": "purchased_electricity",
            "category_number": None,
            "part": "electricity",
            "quantity": "12400",
            "factor": {
                "factor_id": "ember-2026-08:2025:grid-electricity:fr",
                "publisher": "Ember",
                "source": "Ember, Yearly Electricity Data (release of 10 Aug 2026; CC BY 4.0)",
                "year": 2025,
                "activity": "grid_electricity",
                "variant": "FR",
                "unit": "kWh",
                "value": "0.0415",
            },
            "kg": "514.600",
            "market": {
                "quantity": "12400",
                "factor": {
                    "factor_id": "GO-2025-118",
                    "publisher": "Vent du Nord",
                    "source": "Cancelled guarantees of origin 2025",
                    "year": 2025,
                    "activity": "grid_electricity",
                    "variant": "declared",
                    "unit": "kWh",
                    "value": "0",
                },
                "kg": "0.000",
                "basis": "guarantee_of_origin",
            },
            "method": "desnz",
            "grade": 1,
        },
    }
]
ACTIVITY: dict[str, Any] = {
    
        "version": 1,
        "position": 16,
        "id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a034",
        "site_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a031",
        "vehicle_id": None,
        "department_id": None,
        "cost_centre_id": None,
        "evidence": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        "external_id": "EDF-2025-02",
        "is_withdrawn": False,
        "location_g": 514600,
        "market_g": 0
    ,
    "details": BILL,
    "lines": ENTERED,
}
LINE: dict[str, Any] = {
    "line_id": "96ff1d37-1936-58d9-bf60-1bc101978e16",
    "entry": "fact",
    "position": 17,
    "recorded_at": "2026-11-21T15:08:29.503009Z",
    "event_id": "01a1fea6-d7be-77d8-8451-aeb6b3a063c7",
    "event_topic": "activity.corrected.v1",
    "stream_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a034",
    "replaces": "6fd45d95-996d-5c7f-a45f-21ff7c8bab7c",
    "reversed_position": None,
    "actual_position": 17,
    "occurred_on": "2025-02-01",
    "scope": 2,
    "category": "purchased_electricity",
    "mode": "electricity",
    "activity": "grid_electricity",
    "variant": "FR",
    "part": "electricity",
    "site_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a031",
    "vehicle_id": None,
    "department_id": None,
    "cost_centre_id": None,
    "traveller_id": None,
    "trip_id": None,
    "segment_id": None,
    "route": None,
    "quantity": "12300",
    "unit": "kWh",
    "factor_id": "ember-2026-08:2025:grid-electricity:fr",
    "factor_value": "0.0415",
    "factor_source": "Ember, Yearly Electricity Data (release of 10 Aug 2026; CC BY 4.0)",
    "factor_publisher": "Ember",
    "factor_year": 2025,
    "method": "desnz",
    "location_g": 510450,
    "market_g": 0,
    "market_basis": "guarantee_of_origin",
    "market_quantity": "12300",
    "market_unit": "kWh",
    "market_factor_id": "GO-2025-118",
    "market_factor_value": "0",
    "market_factor_source": "Cancelled guarantees of origin 2025",
    "market_factor_publisher": "Vent du Nord",
    "market_factor_year": 2025,
    "grade": 1,
    "evidence_sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
}
FACT: dict[str, Any] = {
    "version": 3,
    "position": 18,
    "event_id": "01a1fea6-d7d8-71ae-af8c-dd4e617fc2af",
    "topic": "activity.evidence-attached.v1",
    "occurred_at": "2026-11-21T15:08:29.526497Z",
    "recorded_at": "2026-11-21T15:08:29.529566Z",
    "actor_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a002",
    "actor_kind": "member",
    "source": "client",
    "command_id": "71b9c694-8e84-5f0e-a8f2-1eb81c725ec9",
    "correlation_id": "71b9c694-8e84-5f0e-a8f2-1eb81c725ec9",
    "causation_id": None,
    "facts": {
        "sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
        "proves": {"number": 2, "lines": 1},
    },
}
RESTATEMENT: dict[str, Any] = {
    "version": 1,
    "position": 22,
    "id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a035",
    "status": "running",
    "requested_by": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a002",
    "start": "2025-01-01",
    "end": "2026-01-01",
    "factor_year": 2024,
    "restated": 0,
    "refused": {},
}
TRACE = (
    '{"kind":"carbon-trace","tenant_id":"5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a001","start":"2025-01-01",'
    '"end":"2026-01-01","position":21,"only":{"scope":"2"},"lines":0,"location_g":0,"market_g":0}\n'
    '{"kind":"end","factors":0,"proofs":0,"not_sealed_yet":0}\n'
)
REQUESTS: dict[str, Any] = {
    "open_site": {"code": "PARIS", "name": "Paris head office", "country": "FR"},
    "change_site": {"code": "PARIS", "name": "Paris offices", "country": "FR"},
    "install_meter": {
        "site_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a031",
        "code": "PDL-0417",
        "energy": "electricity",
    },
    "register_vehicle": {
        "code": "C3",
        "site_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a031",
        "body": "car_average",
        "drive": "diesel",
    },
    "change_vehicle": {
        "code": "C3",
        "site_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a031",
        "body": "car_medium",
        "drive": "diesel",
    },
    "record_activity": {
        "details": BILL,
        "external_id": "EDF-2025-02",
        "evidence": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    },
    "correct_activity": {"details": {**BILL, "kwh": "12300"}, "reason": "The meter was read again"},
    "attach_evidence": {"sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"},
    "request_restatement": {
        "start": "2025-01-01",
        "end": "2026-01-01",
        "factor_year": 2024,
        "reason": "The base year is counted by the publication of 2024",
    },
    "withdraw_activity": {"reason": "The bill of another company"},
    "import_activities": TEMPLATE,
}
ANSWERS: dict[str, Any] = {
    "open_site": SITE,
    "change_site": {**SITE, "version": 2, "position": 12, "name": "Paris offices"},
    "get_site": {**SITE, "version": 2, "position": None, "name": "Paris offices"},
    "close_site": {**SITE, "version": 3, "position": 26, "name": "Paris offices", "is_open": False},
    "install_meter": METER,
    "get_meter": {**METER, "position": None},
    "remove_meter": {**METER, "version": 2, "position": 24, "is_in_use": False},
    "register_vehicle": VEHICLE,
    "change_vehicle": {**VEHICLE, "version": 2, "position": 15, "body": "car_medium"},
    "get_vehicle": {**VEHICLE, "version": 2, "position": None, "body": "car_medium"},
    "retire_vehicle": {**VEHICLE, "version": 3, "position": 25, "body": "car_medium", "is_in_use": False},
    "request_restatement": RESTATEMENT,
    "get_restatement": {**RESTATEMENT, "position": None},
    "list_sites": {"data": [{**SITE, "position": None}], "next_cursor": None},
    "list_meters": {"data": [{**METER, "position": None}], "next_cursor": None},
    "list_vehicles": {"data": [{**VEHICLE, "position": None}], "next_cursor": None},
    "list_activities": {
        "data": [
            {
                "version": 3,
                "position": None,
                "id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a034",
                "kind": "energy_bill",
                "starts_on": "2025-02-01",
                "ends_on": "2025-03-01",
                "site_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a031",
                "vehicle_id": None,
                "department_id": None,
                "cost_centre_id": None,
                "location_g": 510450,
                "market_g": 0,
                "is_withdrawn": False,
                "external_id": "EDF-2025-02",
            }
        ],
        "next_cursor": None,
    },
    "record_activity": ACTIVITY,
    "correct_activity": {**ACTIVITY, "version": 2, "position": 17, "location_g": 510450},
    "get_activity": {**ACTIVITY, "version": 2, "position": None, "location_g": 510450},
    "attach_evidence": {
        **ACTIVITY,
        
            "version": 3,
            "position": 18,
            "evidence": [
                "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
            ],
            "location_g": 510450
        ,
    },
    "withdraw_activity": {
        **ACTIVITY,
        
            "version": 4,
            "position": 23,
            "evidence": [
                "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
            ],
            "is_withdrawn": True,
            "location_g": 0,
            "lines": []
        ,
    },
    "get_tenant_carbon": {
        "tenant_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a001",
        "start": "2025-01-01",
        "end": "2026-01-01",
        "position": 21,
        "known_on": None,
        "scope": None,
        "method": "market",
        "group_by": "site_id",
        "total_g": 0,
        "total": {"location_g": 510450, "market_g": 0, "estimate_g": 0, "lines": 1},
        "scope_1_g": 0,
        "scope_2_location_g": 510450,
        "scope_2_market_g": 0,
        "scope_3_g": 0,
        "location_fallback_g": 0,
        "calculation_methods": ["desnz"],
        "categories": [
            {
                "location_g": 510450,
                "market_g": 0,
                "estimate_g": 0,
                "lines": 1,
                "scope": 2,
                "category": "purchased_electricity",
                "number": None,
            }
        ],
        "groups": [
            {
                "location_g": 510450,
                "market_g": 0,
                "estimate_g": 0,
                "lines": 1,
                "value": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a031",
            }
        ],
    },
    "list_carbon_lines": {"position": 21, "data": [LINE], "next_cursor": None},
    "get_carbon_feed": {"position": 21, "data": [LINE], "next_cursor": None},
    "trace_carbon_line": {
        "line": LINE,
        "lineage": [LINE],
        "events": [FACT],
        "proofs": ["/api/v1/audit/events/18/proof"],
    },
    "export_carbon_trace": TRACE,
    "get_carbon_levers": {
        "start": "2027-01-01",
        "end": "2028-01-01",
        "position": 21,
        "saved_g": 144043,
        "data": [
            {
                "lever": "economy_instead_of_better_cabin",
                "route": "CDG-NCE",
                "segments": 1,
                "emitted_g": 219857,
                "saved_g": 144043,
                "instead": "21_316_3180_11_1",
                "assumption": "business to economy, the same flight",
            }
        ],
    },
    "import_activities": {
        "position": 31,
        "created": 1,
        "duplicate": 0,
        "rejected": 1,
        "lines": [
            {
                "line": 2,
                "external_id": "EDF-2029-02",
                "outcome": "created",
                "activity_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a034",
                "code": None,
                "column": None,
            },
            {
                "line": 3,
                "external_id": "FLEET-2029-02-C3",
                "outcome": "rejected",
                "activity_id": None,
                "code": "unknown_vehicle",
                "column": "vehicle",
            },
        ],
    },
    "get_activity_import_template": TEMPLATE,
}
