"""What does a file of trips show?"""

from collections.abc import Mapping

from adapters.analytics.immediate import AskedFile
from domain.platform.export import Format

# The segments are left out: each is a document, and would not fit into a cell.
COLUMNS = (
    "trip_id",
    "traveller_id",
    "purpose",
    "status",
    "destination",
    "departs_at",
    "ends_at",
    "spend_eur_cents",
    "carbon_g",
    "segments_without_carbon",
    "department_id",
    "cost_centre_id",
    "group_id",
    "verdict",
    "approver_id",
    "approval_due_at",
    "decided_by",
    "reason",
    "version",
    "created_at",
    "updated_at",
)


def file_of_trips(format: Format, filters: Mapping[str, object]) -> AskedFile:
    """Every trip these filters leave, the latest planned first."""
    return AskedFile(
        table="trip",
        columns=COLUMNS,
        filters=tuple(f"{name}:eq:{value}" for name, value in filters.items() if value is not None),
        format=format,
        newest_first="created_position",
    )
