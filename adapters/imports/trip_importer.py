"""How are the trips of a file planned? Through the handlers, several at a time, so that they leave together.

Every trip is one command whose id comes from the company and the trip's reference: planning it
again, after a crash or from the same file a year later, is recognised. What a file asks for
beyond the plan is ordered afterwards, one trip after the other as they stand in the file, so that
a budget goes to those who stand first. What became of the trips is
written down in steps, and whoever takes an import up goes on after the last step.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from time import monotonic
from uuid import UUID, uuid5

import structlog

from adapters.event_store.commands import Commands
from adapters.event_store.lookups import ClaimTotals
from adapters.event_store.store import TenantStore
from adapters.imports.import_files import ImportFiles
from adapters.jobs.failures import is_answer
from adapters.jobs.outbox import EffectContext
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.csv_table import records
from application.kernel.order import Order
from application.travel.trip_imports import CompleteTripImport, FailTripImport, NoteTripsImported
from application.travel.trip_lines import (
    FORMAT,
    LineFaulty,
    TripLines,
    WrittenTrip,
    column_at,
    trips_in,
    written,
)
from application.travel.trips import BookTrip, PlanTrip, SubmitTrip
from domain.kernel.refusals import KeyReused, Malformed, Refusal
from domain.platform.member import EMAIL
from domain.travel.trip_import import ImportedState, ImportStatus, TripImport, TripOutcome, TripResult
from domain.travel.unit import UNIT_CODE, UnitKind

# Trips that are in the air at once: they share the tenant's line, and so their appends.
WRITERS = 8
STEP = 250
RENEW_EVERY_S = 15.0

log = structlog.get_logger(__name__)

# Told how far the import is after every step.
Progress = Callable[[TripImport], None]


class LeaseLost(Exception):
    """Another worker reads this file now."""


class TripImporter:
    """Performs the effect `import_trips`, and serves the command line."""

    def __init__(
        self,
        commands: Commands,
        totals: Callable[[UUID], ClaimTotals],
        files: ImportFiles,
        clock: Callable[[], datetime],
    ) -> None:
        self._commands = commands
        self._totals = totals
        self._files = files
        self._clock = clock

    def __call__(self, effect: EffectContext) -> None:
        renewed = monotonic()

        def hold_on(_: TripImport) -> None:
            nonlocal renewed
            if monotonic() - renewed > RENEW_EVERY_S:
                if not effect.renew():
                    raise LeaseLost
                renewed = monotonic()

        self.run(effect.tenant_id, effect.event.originator_id, progress=hold_on)

    def run(self, tenant_id: UUID, import_id: UUID, *, progress: Progress = lambda one: None) -> TripImport:
        """Reads the file to its end; returns the import as it stands then."""
        import_ = self._load(tenant_id, import_id)
        if import_.status is ImportStatus.RUNNING:
            with self._files.opened(tenant_id, import_id, import_.sha256) as file:
                if file is None:
                    self._tell(tenant_id, import_, FailTripImport(import_id=import_id, reason="file_lost"))
                else:
                    self._read(tenant_id, import_, trips_in(records(file, FORMAT)), progress)
            import_ = self._load(tenant_id, import_id)
        if import_.status is not ImportStatus.RUNNING:
            self._files.drop(tenant_id, import_id, import_.sha256)
        progress(import_)
        return import_

    def _read(
        self, tenant_id: UUID, import_: TripImport, trips: Iterator[TripLines], progress: Progress
    ) -> None:
        planner = TripPlanner(self._commands, self._totals(tenant_id), tenant_id, import_, self._clock)
        try:
            for trip in islice(trips, import_.noted):
                planner.is_repeated(trip)
            with ThreadPoolExecutor(WRITERS, thread_name_prefix="importing") as writers:
                while step := list(islice(trips, STEP)):
                    results = planner.plan_all(step, writers)
                    import_ = self._note(tenant_id, import_, step, results)
                    progress(import_)
        except Malformed as refusal:
            log.warning("trip_import_failed", import_id=str(import_.id), code=refusal.code())
            self._tell(tenant_id, import_, FailTripImport(import_id=import_.id, reason=refusal.code()))
            return
        self._tell(tenant_id, import_, CompleteTripImport(import_id=import_.id))

    def _note(
        self, tenant_id: UUID, import_: TripImport, step: Sequence[TripLines], results: Sequence[TripResult]
    ) -> TripImport:
        noted = NoteTripsImported(
            import_id=import_.id,
            after=import_.noted,
            read_up_to=step[-1].records[-1].line,
            results=tuple(results),
        )
        self._tell(tenant_id, import_, noted)
        return self._load(tenant_id, import_.id)

    def _tell(self, tenant_id: UUID, import_: TripImport, command: Command) -> None:
        content = f"{type(command).__name__}:{command.model_dump_json()}"
        self._commands.execute(
            Order(
                tenant_id=tenant_id,
                command=command,
                actor=Actor(import_.requested_by, "import"),
                # The same statement about the same file is one command, however often it is made.
                id=CommandId(uuid5(import_.id, content), hashlib.sha256(content.encode()).digest()),
                at=self._clock(),
                source="import",
                correlation_id=import_.id,
            )
        )

    def _load(self, tenant_id: UUID, import_id: UUID) -> TripImport:
        return self._commands.reading(tenant_id).load(TripImport, import_id)


class TripPlanner:
    """Plans the trips of one file."""

    def __init__(
        self,
        commands: Commands,
        totals: ClaimTotals,
        tenant_id: UUID,
        import_: TripImport,
        clock: Callable[[], datetime],
    ) -> None:
        self._commands = commands
        self._totals = totals
        self._tenant_id = tenant_id
        self._import = import_
        self._clock = clock
        self._references: set[str] = set()

    def plan_all(self, trips: Iterable[TripLines], writers: ThreadPoolExecutor) -> list[TripResult]:
        """One result per trip, in their order."""
        asked = [(trip, self.is_repeated(trip)) for trip in trips]
        return [self._taken_on(*one) for one in writers.map(lambda one: self._result(*one), asked)]

    def is_repeated(self, trip: TripLines) -> bool:
        """Did the reference stand further up already, with other trips in between?"""
        if trip.reference is None:
            return False
        is_known = trip.reference in self._references
        self._references.add(trip.reference)
        return is_known

    def _result(self, trip: TripLines, is_repeated: bool) -> tuple[TripResult, ImportedState]:
        try:
            if is_repeated:
                raise LineFaulty(trip.line, "reference_repeated", "trip_reference")
            asked = written(trip)
            outcome, trip_id = self._planned(trip, asked)
        except LineFaulty as fault:
            result = TripResult(
                line=fault.line,
                reference=trip.reference,
                outcome=TripOutcome.REJECTED,
                code=fault.code,
                column=fault.column,
            )
            return result, ImportedState.PLANNED
        result = TripResult(
            line=trip.line,
            reference=trip.reference,
            outcome=outcome,
            trip_id=trip_id,
            state=ImportedState.PLANNED,
        )
        return result, asked.state

    def _taken_on(self, result: TripResult, asked: ImportedState) -> TripResult:
        """The trip submitted or booked, by the order a person would give; planned still, where it is refused."""
        if result.trip_id is None or asked is ImportedState.PLANNED:
            return result
        kind = BookTrip if asked is ImportedState.BOOKED else SubmitTrip
        try:
            self._commands.execute(
                self._order(f"imported-trip-{asked}:{result.reference}", kind(trip_id=result.trip_id))
            )
        except Refusal as refusal:
            if not is_answer(refusal):
                raise
            return result.model_copy(update={"code": refusal.code(), "column": "state"})
        return result.model_copy(update={"state": asked})

    def _planned(self, trip: TripLines, asked: WrittenTrip) -> tuple[TripOutcome, UUID]:
        command = self._command(asked)
        try:
            answer = self._commands.execute(self._order(f"imported-trip:{trip.reference}", command))
        except KeyReused:
            raise LineFaulty(trip.line, "reference_used", "trip_reference") from None
        except Refusal as refusal:
            if not is_answer(refusal):
                raise
            segment, column = column_at(str(refusal.facts.get("pointer", "")))
            raise LineFaulty(asked.lines[segment], refusal.code(), column) from None
        is_ours = not answer.replayed or self._is_of_this_file(answer.saved.stream_id)
        return TripOutcome.CREATED if is_ours else TripOutcome.DUPLICATE, answer.saved.stream_id

    def _command(self, asked: WrittenTrip) -> PlanTrip:
        facts = {
            "traveller_id": self._holder(asked, EMAIL, asked.traveller, "unknown_traveller", "traveller"),
            "purpose": asked.purpose,
            "segments": asked.segments,
        }
        for kind, code, column in (
            (UnitKind.DEPARTMENT, asked.department, "department"),
            (UnitKind.COST_CENTRE, asked.cost_centre, "cost_centre"),
        ):
            if code is not None:
                facts[f"{column}_id"] = self._holder(
                    asked, UNIT_CODE, f"{kind}:{code}", "unknown_unit", column
                )
        return PlanTrip.model_validate(facts)

    def _holder(self, asked: WrittenTrip, kind: str, key: str, code: str, column: str) -> UUID:
        holder = self._totals.holder(kind, key, personal=kind == EMAIL)
        if holder is None:
            raise LineFaulty(asked.lines[0], code, column)
        return holder

    def _order(self, name: str, command: Command) -> Order:
        content = command.model_dump_json(exclude_unset=True)
        return Order(
            tenant_id=self._tenant_id,
            command=command,
            actor=Actor(self._import.requested_by, "import"),
            # Not keyed: what is refused today may be right tomorrow, in the same file.
            id=CommandId(
                uuid5(self._tenant_id, name),
                hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest(),
            ),
            at=self._clock(),
            source="import",
            correlation_id=self._import.id,
        )

    def _is_of_this_file(self, trip_id: UUID) -> bool:
        """After a crash the trips of the last step are there, but not yet written down as ours."""
        store: TenantStore = self._commands.reading(self._tenant_id)
        first = store.events_of(trip_id, after=0, limit=1)
        signed = first[0].recorded if first else None
        return signed is not None and signed.correlation_id == self._import.id
