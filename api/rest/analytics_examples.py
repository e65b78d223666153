"""The examples of the analysts' operations, in the world of examples.py."""

from typing import Any

OWNER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a002"
EXPORT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00d"

EXPORT_VIEW = {
    "version": 1,
    "position": 57,
    "id": EXPORT,
    "state": "queued",
    "table": "travel_spend",
    "columns": ["month", "cost_type", "spend_eur_cents"],
    "format": "parquet",
    "requested_by": OWNER,
    "requested_at": "2030-04-01T09:00:00Z",
    "rows_written": 0,
    "rows_total": None,
    "read_at_position": None,
    "size_bytes": None,
    "sha256": None,
    "expires_at": None,
    "failure": None,
}

SQL_LOGIN_VIEW = {
    "version": 1,
    "position": 58,
    "id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00e",
    "member_id": OWNER,
    "name": "Monthly figures",
    "user_name": "an_5b0c6e0a8c1f5d0e9c550b9a54e8a001_l7c1e5d9b30a4f6821c5d",
    "state": "issued",
    "expires_at": "2030-05-01T09:00:00Z",
    "is_usable": True,
}

REQUESTS: dict[str, Any] = {
    "request_export": {
        "table": "travel_spend",
        "columns": ["month", "cost_type", "spend_eur_cents"],
        "filters": ["state:eq:booked", "month:gte:2030-01-01"],
        "format": "parquet",
    },
    "issue_sql_login": {"name": "Monthly figures", "valid_days": 30},
}
ANSWERS: dict[str, Any] = {
    "list_tables": {
        "position": 56,
        "data": [
            {
                "name": "travel_spend",
                "summary": "One line of the travel ledger: a segment's share of one month, or one violation.",
                "position": 56,
                "columns": [
                    {
                        "name": "spend_eur_cents",
                        "kind": "integer",
                        "sql_type": "bigint",
                        "description": "What the line costs, in euro cents.",
                    }
                ],
            }
        ],
    },
    "query_table": {
        "table": "travel_spend",
        "position": 56,
        "zone": "Europe/Paris",
        "columns": [
            {"name": "month_month", "kind": "date"},
            {"name": "count", "kind": "integer"},
            {"name": "sum_spend_eur_cents", "kind": "integer"},
        ],
        "data": [{"month_month": "2030-04-01", "count": 12, "sum_spend_eur_cents": 1_234_500}],
        "has_more": False,
        "next_cursor": None,
    },
    "request_export": EXPORT_VIEW,
    "get_export": {
        **EXPORT_VIEW,
        "version": 2,
        "position": None,
        "state": "done",
        "rows_written": 12,
        "rows_total": 12,
        "read_at_position": 56,
        "size_bytes": 2_048,
        "sha256": "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
        "expires_at": "2030-04-02T09:00:03Z",
    },
    "issue_sql_login": {
        "sql_login": SQL_LOGIN_VIEW,
        "password": "Zx3mVt8kQ1nB6rYw5cLh2JdP9sGf0aUe",
        "notice": "Keep the password now: it is shown in this answer only and kept nowhere.",
        "host": "db.example.com",
        "port": 5432,
        "database": "escale",
        "psql": "psql 'host=db.example.com port=5432 dbname=escale "
        "user=an_5b0c6e0a8c1f5d0e9c550b9a54e8a001_l7c1e5d9b30a4f6821c5d'",
    },
    "list_sql_logins": {"data": [{**SQL_LOGIN_VIEW, "position": None}], "next_cursor": None},
    "revoke_sql_login": {**SQL_LOGIN_VIEW, "version": 2, "state": "revoked", "is_usable": False},
    "download_export": "month,cost_type,spend_eur_cents\r\n2030-04-01,flight,40000\r\n",
}
