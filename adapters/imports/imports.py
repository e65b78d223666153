"""What may the doors ask about files of trips?"""

from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from adapters.event_store.commands import Commands
from adapters.imports.import_files import ImportFiles, digest_of
from adapters.imports.trip_importer import TripImporter
from application.kernel.csv_table import records
from application.kernel.order import Answer, Order
from application.travel.trip_imports import RequestTripImport, trip_import_id
from application.travel.trip_lines import FORMAT
from domain.kernel.refusals import Malformed
from domain.travel.trip_import import TripImport, TripResult, TripsImported

PAGE = 50


class NothingToImport(Malformed):
    """The file has no line under the names of its columns."""


@dataclass(frozen=True)
class Imports:
    """Takes files in, and tells what became of their trips."""

    commands: Commands
    files: ImportFiles
    importer: TripImporter

    def examined(self, file: BinaryIO) -> RequestTripImport:
        """The order for this file. Refuses as a whole what cannot be read as a whole."""
        last = 0
        for record in records(file, FORMAT):
            last = record.line
        if last == 0:
            raise NothingToImport
        return RequestTripImport(sha256=digest_of(file), lines=last)

    def accept(self, order: Order, file: BinaryIO) -> Answer:
        """Keeps the file, then takes it in: an import without its file could never go on."""
        command = order.command
        assert isinstance(command, RequestTripImport)
        place = (order.tenant_id, trip_import_id(order.tenant_id, order.id.id), command.sha256)
        settled = self.commands.find(order.tenant_id, order.id)
        if settled is None:
            self.files.keep(*place, file)
        return self.commands.execute(order)

    def results(self, tenant_id: UUID, import_id: UUID, *, after: int, limit: int) -> list[TripResult]:
        """What became of the trips after the first `after` ones."""
        store = self.commands.reading(tenant_id)
        found: list[TripResult] = []
        passed, version = 0, 0
        while len(found) < limit:
            events = store.events_of(import_id, after=version, limit=PAGE)
            for event in events:
                if isinstance(event, TripsImported):
                    found.extend(event.results[max(after - passed, 0) :])
                    passed += len(event.results)
            if len(events) < PAGE:
                break
            version = events[-1].originator_version
        return found[:limit]

    def run(self, tenant_id: UUID, import_id: UUID) -> TripImport:
        """Reads a file here and now, while a worker may do the same."""
        return self.importer.run(tenant_id, import_id)
