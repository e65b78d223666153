"""How are the lines of a file of activities entered? Each through its handler, several at a time.

A line's command id comes from the company and the line's external id: the same file sent again, after a crash or by
mistake, enters nothing twice. So nothing is kept of the file itself.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO
from uuid import UUID, uuid5

from adapters.event_store.commands import Commands
from adapters.event_store.lookups import ClaimTotals
from adapters.jobs.failures import is_answer
from application.esg.activities import RecordActivity
from application.esg.activity_lines import (
    ACCOUNTS,
    BY_CODE,
    FORMAT,
    ActivityLineFaulty,
    WrittenActivity,
    column_at,
    reference_of,
    written,
)
from application.kernel.context import Actor, CommandId
from application.kernel.csv_table import CsvRecord, records
from application.kernel.order import Order
from domain.esg.meter import METER_CODE
from domain.esg.site import SITE_CODE
from domain.esg.vehicle import VEHICLE_CODE
from domain.kernel.refusals import KeyReused, Refusal
from domain.travel.unit import UNIT_CODE, UnitKind

WRITERS = 8
CLAIMS = {"meter": METER_CODE, "vehicle": VEHICLE_CODE, "site": SITE_CODE}
UNITS = {"department": UnitKind.DEPARTMENT, "cost_centre": UnitKind.COST_CENTRE}


class ActivityOutcome(StrEnum):
    """Entered by this file, entered before, or rejected."""

    CREATED = "created"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True)
class ActivityResult:
    """What became of one line; the words of the file are not repeated, but for an id that has the form of a code."""

    line: int
    external_id: str | None
    outcome: ActivityOutcome
    activity_id: UUID | None = None
    code: str | None = None
    column: str | None = None
    position: int = 0


class ActivityImporter:
    """Enters the lines of files."""

    def __init__(
        self,
        commands: Commands,
        totals: Callable[[UUID], ClaimTotals],
        clock: Callable[[], datetime],
    ) -> None:
        self._commands = commands
        self._totals = totals
        self._clock = clock

    def run(self, tenant_id: UUID, actor: Actor, file: BinaryIO) -> list[ActivityResult]:
        """One result per line, in their order. Refuses as a whole what cannot be read as a whole."""
        lines = list(records(file, FORMAT))
        order = _Orders(self, tenant_id, actor)
        repeated = _repeated(lines)

        def entered(lane: Sequence[CsvRecord]) -> list[ActivityResult]:
            return [order.result(one, one.line in repeated) for one in lane]

        with ThreadPoolExecutor(WRITERS, thread_name_prefix="entering") as writers:
            results = [one for lane in writers.map(entered, _lanes(lines)) for one in lane]
        return sorted(results, key=lambda one: one.line)

    def execute(self, order: Order) -> tuple[bool, UUID, int]:
        """Whether it was entered before, which stream it is, and where it left the log."""
        answer = self._commands.execute(order)
        return answer.replayed, answer.saved.stream_id, answer.saved.position

    def holder(self, tenant_id: UUID, kind: str, key: str) -> UUID | None:
        """Whose code it is."""
        return self._totals(tenant_id).holder(kind, key)

    def now(self) -> datetime:
        """The time of the order."""
        return self._clock()


@dataclass(frozen=True)
class _Orders:
    importer: ActivityImporter
    tenant_id: UUID
    actor: Actor

    def result(self, record: CsvRecord, is_repeated: bool) -> ActivityResult:
        external_id = reference_of(record)
        try:
            if is_repeated:
                raise ActivityLineFaulty("external_id_repeated", "external_id")
            before, activity_id, position = self._entered(written(record))
        except ActivityLineFaulty as fault:
            outcome = ActivityOutcome.REJECTED
            return ActivityResult(record.line, external_id, outcome, code=fault.code, column=fault.column)
        outcome = ActivityOutcome.DUPLICATE if before else ActivityOutcome.CREATED
        return ActivityResult(record.line, external_id, outcome, activity_id, position=position)

    def _entered(self, asked: WrittenActivity) -> tuple[bool, UUID, int]:
        named = {BY_CODE[name]: self._named(CLAIMS[name], code, name) for name, code in asked.codes.items()}
        accounts: dict[str, Any] = {
            ACCOUNTS[name]: self._named(UNIT_CODE, f"{UNITS[name]}:{code}", name)
            for name, code in asked.accounts.items()
        }
        command = RecordActivity(
            details=asked.details(named),
            evidence=asked.evidence,
            external_id=asked.external_id,
            **accounts,
        )
        try:
            return self.importer.execute(self._order(asked.external_id, command))
        except KeyReused:
            raise ActivityLineFaulty("external_id_used", "external_id") from None
        except Refusal as refusal:
            if not is_answer(refusal):
                raise
            pointer = str(refusal.facts.get("pointer", ""))
            raise ActivityLineFaulty(refusal.code(), column_at(pointer)) from None

    def _named(self, kind: str, key: str, column: str) -> UUID:
        holder = self.importer.holder(self.tenant_id, kind, key)
        if holder is None:
            raise ActivityLineFaulty(f"unknown_{'unit' if column in ACCOUNTS else column}", column)
        return holder

    def _order(self, external_id: str, command: RecordActivity) -> Order:
        content = command.model_dump_json(exclude_unset=True)
        return Order(
            tenant_id=self.tenant_id,
            command=command,
            actor=Actor(self.actor.id, "import"),
            # Not keyed: what is refused today may be right tomorrow, in the same file.
            id=CommandId(
                uuid5(self.tenant_id, f"imported-activity:{external_id}"),
                hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest(),
            ),
            at=self.importer.now(),
            source="import",
        )


def _lanes(lines: Sequence[CsvRecord]) -> list[list[CsvRecord]]:
    """What may be entered side by side: of one meter or vehicle the line further up comes first."""
    lanes: dict[str, list[CsvRecord]] = {}
    for one in lines:
        key = one.cells.get("meter") or one.cells.get("vehicle") or str(one.line)
        lanes.setdefault(key, []).append(one)
    return list(lanes.values())


def _repeated(lines: Sequence[CsvRecord]) -> frozenset[int]:
    """Lines whose external id stood further up already."""
    seen: set[str] = set()
    again: set[int] = set()
    for one in lines:
        external_id = reference_of(one)
        if external_id in seen:
            again.add(one.line)
        if external_id is not None:
            seen.add(external_id)
    return frozenset(again)
