"""What is one figure of the report, and does it hold?"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

REPORT = Path("bench-report.json")


@dataclass(frozen=True)
class Sizes:
    """How much is done per figure. `quick` shows that everything runs; only `full` is worth quoting."""

    rounds: int
    run_s: float
    tenants: int
    fresh_s: float
    long_stream: int
    catch_up: int
    library_catch_up: int
    memory_small: int
    memory_large: int
    http_s: float
    many_tenants: int
    lookups: int
    dashboard_trips: int
    dashboard_reads: int
    dry_run_small: int
    dry_run_large: int
    judgements: int
    report_lines: int
    ledger_segments: int
    market_practitioners: int
    usage_batches: int
    closings: int
    usage_rows: int


FULL = Sizes(
    rounds=5,
    run_s=4.0,
    tenants=100,
    fresh_s=20.0,
    long_stream=10_000,
    catch_up=200_000,
    library_catch_up=20_000,
    memory_small=10_000,
    memory_large=200_000,
    http_s=8.0,
    many_tenants=10_000,
    lookups=4_000,
    dashboard_trips=100_000,
    dashboard_reads=400,
    dry_run_small=10_000,
    dry_run_large=100_000,
    judgements=20_000,
    report_lines=100_000,
    ledger_segments=100_000,
    market_practitioners=1_000,
    usage_batches=60,
    closings=1_000,
    usage_rows=1_000_000,
)
QUICK = Sizes(
    rounds=2,
    run_s=0.3,
    tenants=100,
    fresh_s=0.5,
    long_stream=1_000,
    catch_up=3_500,
    library_catch_up=1_000,
    memory_small=700,
    memory_large=3_500,
    http_s=0.5,
    many_tenants=200,
    lookups=200,
    dashboard_trips=5_000,
    dashboard_reads=48,
    dry_run_small=50,
    dry_run_large=500,
    judgements=200,
    report_lines=2_000,
    ledger_segments=2_000,
    market_practitioners=40,
    usage_batches=2,
    closings=5,
    usage_rows=5_000,
)


@dataclass(frozen=True)
class Figure:
    """One line of the report. `ratio` is ours over theirs; the target says which side of it is good."""

    id: str
    what: str
    ours: float
    theirs: float
    unit: str
    ratio: float
    target: str
    holds: bool
    method: str


def at_least(
    id: str, what: str, ours: float, theirs: float, *, unit: str, target: float, method: str
) -> Figure:
    """A rate: more is better."""
    ratio = ours / theirs
    return Figure(
        id, what, shown(ours), shown(theirs), unit, shown(ratio), f">= {target:g}", ratio >= target, method
    )


def at_most(
    id: str, what: str, ours: float, theirs: float, *, unit: str, target: float, method: str
) -> Figure:
    """A cost: less is better."""
    ratio = ours / theirs
    return Figure(
        id, what, shown(ours), shown(theirs), unit, shown(ratio), f"<= {target:g}", ratio <= target, method
    )


def shown(value: float) -> float:
    """Three digits after the point for small figures, none for large ones."""
    return round(value, 3) if value < 100 else float(round(value))


def interleaved(rounds: int, runs: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each run's results; one of each in turn, so that noise meets them all alike."""
    results: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            results[name].append(run())
    return {name: median(values) for name, values in results.items()}


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def write_report(figures: list[Figure], path: Path = REPORT) -> None:
    """The figures as other tools read them."""
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
