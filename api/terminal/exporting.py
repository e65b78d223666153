"""How does somebody at a terminal take a company's trips with them?"""

from pathlib import Path
from uuid import UUID, uuid4

from rich.console import Console

from adapters.bootstrap import House, file_of_trips
from domain.platform.export import Format
from domain.travel.trip import TripStatus

FORMATS = {".csv": Format.CSV, ".xlsx": Format.XLSX}


class UnknownFormat(Exception):
    """The name of the file says how it is written: .csv or .xlsx."""


def export_trips(
    house: House, tenant_id: UUID, file: Path, status: TripStatus | None, console: Console
) -> None:
    """Writes the company's trips there, whole or not at all. Raises UnknownFormat."""
    if (format := FORMATS.get(file.suffix.lower())) is None:
        raise UnknownFormat(UnknownFormat.__doc__)
    part = file.with_name(f".{file.name}.{uuid4().hex}.part")
    part.touch(mode=0o600)
    try:
        asked = file_of_trips(format, {"status": status})
        origin = house.files_at_once.write(tenant_id, asked, part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    trips = "trip" if origin.rows == 1 else "trips"
    console.print(f"{origin.rows} {trips} up to position {origin.position} of the log in {file}.")
