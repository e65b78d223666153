"""One example per operation about carbon, for whoever reads the OpenAPI document."""

from typing import Any

DESNZ = (
    "UK DESNZ/DEFRA, Greenhouse gas reporting: conversion factors 2025"
    " (flat file v1, published 10 June 2025; OGL v3.0)"
)
FLIGHT_FACTOR = {
    "factor_id": "21_316_3180_11_1",
    "publisher": "DESNZ",
    "source": DESNZ,
    "year": 2025,
    "activity": "flight_international_non_uk",
    "variant": "economy|with_rf",
    "unit": "passenger-km",
    "value": "0.10916",
}
SUMS = {
    "kg": "636.800",
    "kg_market_based": "636.800",
    "scope_1_kg": "0.000",
    "scope_2_location_kg": "0.000",
    "scope_2_market_kg": "0.000",
    "scope_3_kg": "636.800",
    "upstream_kg": "0.000",
}
METHOD = {
    "version": 1,
    "position": 44,
    "on": "2027-01-01",
    "in_force": {
        "method": "ademe-france",
        "unknown_hotel_country": "european_mean",
        "effective_on": "2027-01-01",
    },
    "adopted": [
        {"method": "ademe-france", "unknown_hotel_country": "european_mean", "effective_on": "2027-01-01"}
    ],
}
REQUESTS: dict[str, Any] = {
    "reckon_trip_carbon": {
        "elements": [{"mode": "flight", "origin": "CDG", "destination": "JFK", "cabin": "economy"}],
        "wtt": False,
        "radiative_forcing": True,
    },
    "adopt_carbon_method": {
        "method": "ademe-france",
        "effective_on": "2027-01-01",
        "unknown_hotel_country": "european_mean",
    },
}
ANSWERS: dict[str, Any] = {
    "reckon_trip_carbon": {
        "method": "desnz",
        "method_effective_on": None,
        "on": "2026-11-21",
        "factor_set": 1,
        "factor_year": 2025,
        "wtt": False,
        "radiative_forcing": True,
        "hotels": True,
        "totals": SUMS,
        "hotels_kg": "0.000",
        "elements": [
            {
                **SUMS,
                "index": 0,
                "reference": None,
                "mode": "flight",
                "distance_km": "5833.635236",
                "well_to_wheel_kg": "733.405",
                "grade": 2,
                "caveats": [],
                "lines": [
                    {
                        "scope": 3,
                        "category": "business_travel",
                        "category_number": 6,
                        "part": "direct",
                        "quantity": "5833.635236",
                        "factor": FLIGHT_FACTOR,
                        "kg": "636.800",
                        "market": None,
                        "method": "desnz",
                        "grade": 2,
                    }
                ],
            }
        ],
        "caveats": [],
    },
    "adopt_carbon_method": METHOD,
    "get_carbon_method": {**METHOD, "position": None},
    "list_emission_factors": {
        "data": [
            {
                **FLIGHT_FACTOR,
                "scope": 3,
                "category": "cat6_business_travel_air",
                "verification": "verified",
                "note": "Multiply by great-circle km; the 8% distance uplift is already inside the factor;"
                " RF = 1.7 x CO2 component only.",
                "factor_set": 1,
            }
        ],
        "next_cursor": None,
    },
    "list_factor_sets": {
        "data": [
            {
                "number": 1,
                "title": "DESNZ 2024 to 2026, ADEME 2025, Ember 2022 to 2025, jet fuel of TIM and ICAO",
                "file_sha256": "9b4d7f1c0a3e5b2d8f6a4c1e9d7b5a3f1c0e8d6b4a2f9c7e5d3b1a0f8e6c4d2b",
                "reference_year": 2025,
                "rows_added": 665,
                "rows_superseded": 0,
                "loaded_at": "2026-11-21T00:00:00Z",
            }
        ],
        "next_cursor": None,
    },
}
