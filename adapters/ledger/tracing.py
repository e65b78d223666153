"""From a figure down to its lines, their factors and the facts behind them, each proved to be in the sealed log.

One JSON document per line: the figure, its lines, the factors as they were used, and for every fact the proof that
`escale audit verify` accepts as it is.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from psycopg_pool import ConnectionPool

from adapters.audit.auditing import Auditing, Proof
from adapters.audit.sealing import line_of_seal
from adapters.postgres.scoped_sql import reading
from domain.kernel.refusals import RuleBroken
from projections.esg import ledger_queries
from projections.esg.carbon_line import CarbonLineRow
from projections.esg.ledger_queries import LedgerFilter

MOST_LINES = 5_000


class TraceTooLarge(RuleBroken):
    """A trace holds at most 5,000 lines; ask for a shorter period, one scope or one site."""


class CarbonTracing:
    """Traces figures of one period."""

    def __init__(self, queries: ConnectionPool, auditing: Auditing) -> None:
        self._queries = queries
        self._auditing = auditing

    def export(
        self, tenant_id: UUID, *, start: date, end: date, at: int, only: LedgerFilter
    ) -> Iterator[str]:
        """The lines of the document. Refuses with TraceTooLarge before the first one."""
        with reading(self._queries, tenant_id) as sql:
            page = ledger_queries.standing_lines(
                sql, start=start, end=end, at=at, only=only, limit=MOST_LINES
            )
        if page.next_after is not None:
            raise TraceTooLarge
        figure = {
            "kind": "carbon-trace",
            "tenant_id": str(tenant_id),
            "start": start.isoformat(),
            "end": end.isoformat(),
            "position": at,
            "only": {name: str(value) for name, value in vars(only).items() if value is not None},
        }
        return self._written(tenant_id, figure, page.rows)

    def _written(
        self, tenant_id: UUID, figure: dict[str, Any], lines: Sequence[CarbonLineRow]
    ) -> Iterator[str]:
        yield _line(
            figure
            | {
                "lines": len(lines),
                "location_g": sum(line.location_g for line in lines),
                "market_g": sum(line.market_g for line in lines),
            }
        )
        for line in lines:
            yield _line({"kind": "line", **line.model_dump(mode="json")})
        factors = {_key(factor): factor for line in lines for factor in _factors(line)}
        for key in sorted(factors):
            yield _line({"kind": "factor", **factors[key]})
        proved = unproved = 0
        facts = {line.position for line in lines} | {
            line.actual_position for line in lines if line.actual_position is not None
        }
        for position, proof in self._auditing.proofs(tenant_id, sorted(facts)):
            proved, unproved = proved + (proof is not None), unproved + (proof is None)
            yield _line(_document(proof) if proof else {"kind": "not_sealed_yet", "position": position})
        yield _line({"kind": "end", "factors": len(factors), "proofs": proved, "not_sealed_yet": unproved})


def _factors(line: CarbonLineRow) -> Iterator[dict[str, Any]]:
    yield {
        "publisher": line.factor_publisher,
        "factor_id": line.factor_id,
        "year": line.factor_year,
        "source": line.factor_source,
        "unit": line.unit,
        "kg_per_unit": str(line.factor_value),
    }
    if line.market_factor_id is not None:
        yield {
            "publisher": line.market_factor_publisher,
            "factor_id": line.market_factor_id,
            "year": line.market_factor_year,
            "source": line.market_factor_source,
            "unit": line.market_unit,
            "kg_per_unit": str(line.market_factor_value),
        }


def _key(factor: dict[str, Any]) -> tuple[str, ...]:
    return tuple(map(str, factor.values()))


def _document(proof: Proof) -> dict[str, Any]:
    return {
        "kind": "proof",
        "event": proof.event,
        "previous_hash": proof.previous_hash.hex(),
        "path": [each.hex() for each in proof.path],
        "seal": line_of_seal(proof.seal),
    }


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
