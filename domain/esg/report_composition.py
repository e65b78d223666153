"""How do the lines of the ledger become a report? One pass over them, in any number; a pure function."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from hashlib import sha256

from domain.esg.reduction_levers import Alternatives, LeverCount, flown_of
from domain.esg.report_content import (
    Amount,
    Comparison,
    Cover,
    FactorRow,
    Intensity,
    MethodChange,
    MonthRow,
    Quality,
    ReportContent,
    Row,
    Trajectory,
)
from domain.esg.reporting_line import FactorUsed, ReportLine
from domain.kernel.emissions import GhgCategory
from domain.kernel.money import Money, minor_digits

MOST_ROUTES = 20
OTHERS, UNASSIGNED = "others", "unassigned"
GRAM = Decimal("0.001")
# Half the width of the 95 % interval, in percent, by grade of the data: measured, places known, distance or
# average, money. Groups of one category and grade move together, groups independently of each other.
HALF_WIDTHS = {1: Decimal(5), 2: Decimal(10), 3: Decimal(20), 4: Decimal(50)}
# A company that reports by the GHG Protocol recalculates its base year from this share of it on.
RECALCULATION_SHARE = Decimal("0.05")
CATEGORY_ORDER = tuple(category.value for category in GhgCategory)


@dataclass(frozen=True)
class TargetSet:
    """A reduction against a base year, market-based, over these scopes."""

    name: str
    base_year: int
    target_year: int
    reduction_percent: Decimal
    scopes: frozenset[int] = frozenset({1, 2, 3})


@dataclass(frozen=True)
class Frame:
    """Everything of a report but its lines."""

    cover: Cover
    start: date
    end: date
    position: int
    head_count: int | None = None
    annual_revenue: Money | None = None
    base_year: int | None = None
    declared_base: tuple[
        tuple[str, int], ...
    ] = ()  # grams by scope, where the base year is not in the ledger
    targets: tuple[TargetSet, ...] = ()
    alternatives: Alternatives = field(default_factory=Alternatives)

    @property
    def months(self) -> int:
        """How many months it covers."""
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month

    def shifted(self, years: int) -> tuple[date, date]:
        """The same months of another year."""
        return self.start.replace(year=self.start.year + years), self.end.replace(year=self.end.year + years)

    @property
    def base_shift(self) -> int | None:
        """How many years the base period lies away; None without one, or where it would be this very one."""
        shift = None if self.base_year is None else self.base_year - self.start.year
        return shift or None


def compose(
    frame: Frame,
    lines: Iterable[ReportLine],
    *,
    previous: Iterable[ReportLine] = (),
    base: Iterable[ReportLine] = (),
) -> ReportContent:
    """The report of a period; `previous` and `base` are the lines of the same months of other years."""
    tally, levers = _Tally(), LeverCount(frame.alternatives)
    for line in lines:
        tally.add(line)
        if (flown := flown_of(line)) is not None:
            levers.add(flown)
    before = _tallied(previous)
    origin = before if frame.base_shift == -1 else _tallied(base)
    scopes = tally.rows("scope")
    compared = _compared(frame, -1, before, tally)
    to_base = None if frame.base_shift is None else _compared(frame, frame.base_shift, origin, tally)
    if frame.base_shift is not None and frame.declared_base and not origin.lines:
        to_base = _declared(frame)
    return ReportContent(
        cover=frame.cover,
        start=frame.start,
        end=frame.end,
        position=frame.position,
        lines=tally.lines,
        lines_sha256=tally.digest.hexdigest(),
        head_count=frame.head_count,
        annual_revenue=frame.annual_revenue,
        trips=len(tally.trips),
        methods=tuple(sorted(tally.methods)),
        total=tally.total,
        scopes=scopes,
        categories=_ordered(tally.rows("category"), CATEGORY_ORDER),
        months=tally.rows("month"),
        months_by_scope=tuple(tally.month_rows()),
        sites=_largest_first(tally.rows("site")),
        departments=_largest_first(tally.rows("department")),
        modes=_largest_first(tally.rows("mode")),
        routes=_shortened(_largest_first(tally.rows("route"))),
        previous=compared,
        base=to_base,
        intensity=tuple(_intensities(frame, tally)),
        trajectories=tuple(_trajectories(frame, scopes, to_base)),
        levers=tuple(levers.levers()),
        quality=tally.quality(),
        factors=tuple(tally.factor_rows()),
        market_by_location_g=tally.market_by_location_g,
    )


@dataclass
class _Used:
    """One factor in use."""

    factor: FactorUsed
    unit: str
    method: str
    is_market: bool
    lines: int = 0
    g: int = 0


@dataclass
class _Activity:
    """What one activity came to, for comparing it with another year."""

    quantity: Decimal = Decimal(0)
    g: int = 0
    editions: set[str] = field(default_factory=set)


class _Tally:
    """The sums of one period. As large as there are sites, routes and factors, however many lines there are."""

    def __init__(self) -> None:
        self.lines = 0
        self.digest = sha256()
        self.trips: set[object] = set()
        self.methods: set[str] = set()
        self.market_by_location_g = 0
        self._sums: dict[str, dict[str, list[int]]] = {
            name: {} for name in ("scope", "category", "month", "site", "department", "mode", "route")
        }
        self._months: dict[date, list[int]] = {}
        self._grades: dict[tuple[str, int], list[int]] = {}
        self._estimate_g = self._location_g = self._market_g = 0
        self._factors: dict[tuple[object, ...], _Used] = {}
        self.activities: dict[tuple[str, str], _Activity] = {}

    def add(self, line: ReportLine) -> None:
        """One line."""
        self.lines += 1
        self.digest.update(line.written().encode() + b"\n")
        location, market = line.location_g, line.market_g
        self._location_g += location
        self._market_g += market
        if line.trip_id is not None:
            self.trips.add(line.trip_id)
        self.methods.add(line.method)
        for name, key in (
            ("scope", str(line.scope)),
            ("category", line.category),
            ("month", line.occurred_on.isoformat()[:7]),
            ("site", line.site or UNASSIGNED),
            ("department", line.department or UNASSIGNED),
            ("mode", line.mode),
            ("route", (line.route or UNASSIGNED) if line.mode in ("flight", "rail", "ferry") else UNASSIGNED),
        ):
            cell = self._sums[name].get(key)
            if cell is None:
                cell = self._sums[name][key] = [0, 0]
            cell[0] += location
            cell[1] += market
        self._add_month(line)
        grade = self._grades.setdefault((line.category, line.grade), [0, 0])
        grade[0] += location
        grade[1] += market
        if line.is_estimate:
            self._estimate_g += location
        self._add_factors(line)

    @property
    def total(self) -> Amount:
        """All of it."""
        return Amount(location_g=self._location_g, market_g=self._market_g)

    def _add_month(self, line: ReportLine) -> None:
        month = self._months.setdefault(line.occurred_on.replace(day=1), [0, 0, 0, 0])
        if line.scope == 2:
            month[1] += line.location_g
            month[2] += line.market_g
        else:
            month[0 if line.scope == 1 else 3] += line.location_g

    def _add_factors(self, line: ReportLine) -> None:
        if line.factor is not None:
            self._use(line.factor, line, line.location_g, is_market=False)
            activity = self.activities.setdefault(
                (line.mode, f"{line.activity}|{line.variant}|{line.part}"), _Activity()
            )
            activity.quantity += line.quantity
            activity.g += line.location_g
            activity.editions.add(f"{line.factor.edition} ({line.method})")
        if line.scope == 2:
            if line.market_factor is not None:
                self._use(line.market_factor, line, line.market_g, is_market=True)
            if line.is_market_by_location:
                self.market_by_location_g += line.market_g

    def _use(self, factor: FactorUsed, line: ReportLine, g: int, *, is_market: bool) -> None:
        key = (factor.publisher, factor.year, factor.id, factor.value, line.unit, line.method, is_market)
        used = self._factors.get(key)
        if used is None:
            used = self._factors[key] = _Used(factor, line.unit, line.method, is_market)
        used.lines += 1
        used.g += g

    def rows(self, name: str) -> tuple[Row, ...]:
        """One table, in the order of its keys."""
        sums = sorted(self._sums[name].items())
        return tuple(Row(key=key, location_g=cell[0], market_g=cell[1]) for key, cell in sums)

    def month_rows(self) -> Iterator[MonthRow]:
        """The months by scope."""
        for month, (one, location, market, three) in sorted(self._months.items()):
            yield MonthRow(
                month=month,
                scope_1_g=one,
                scope_2_location_g=location,
                scope_2_market_g=market,
                scope_3_g=three,
            )

    def quality(self) -> Quality:
        """By grade of the data, with the uncertainty that follows."""
        by_grade: dict[int, list[int]] = {}
        squares = Decimal(0)
        for (_, grade), (location, market) in sorted(self._grades.items()):
            cell = by_grade.setdefault(grade, [0, 0])
            cell[0] += location
            cell[1] += market
            squares += (HALF_WIDTHS[grade] * location) ** 2
        with localcontext() as context:
            context.prec = 50
            width = squares.sqrt() / abs(self._location_g) if self._location_g else Decimal(0)
        return Quality(
            grades=tuple(
                Row(key=str(grade), location_g=cell[0], market_g=cell[1])
                for grade, cell in sorted(by_grade.items())
            ),
            estimate_g=self._estimate_g,
            uncertainty_percent=width.quantize(Decimal("0.1"), ROUND_HALF_UP),
        )

    def factor_rows(self) -> Iterator[FactorRow]:
        """Every factor, by publisher, year and row."""
        for _, used in sorted(self._factors.items(), key=lambda item: tuple(map(str, item[0]))):
            yield FactorRow(
                id=used.factor.id,
                value=used.factor.value,
                unit=used.unit,
                publisher=used.factor.publisher,
                year=used.factor.year,
                source=used.factor.source,
                method=used.method,
                is_market=used.is_market,
                lines=used.lines,
                g=used.g,
            )


def _tallied(lines: Iterable[ReportLine]) -> _Tally:
    tally = _Tally()
    for line in lines:
        tally.add(line)
    return tally


def _largest_first(rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: (row.key == UNASSIGNED, -row.location_g, row.key)))


def _ordered(rows: Sequence[Row], order: Sequence[str]) -> tuple[Row, ...]:
    places = {key: place for place, key in enumerate(order)}
    return tuple(sorted(rows, key=lambda row: (places.get(row.key, len(order)), row.key)))


def _shortened(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The largest rows, and one for all others, so that the table still adds up."""
    named = [row for row in rows if row.key != UNASSIGNED]
    rest = named[MOST_ROUTES:]
    shown = [*named[:MOST_ROUTES], *(row for row in rows if row.key == UNASSIGNED)]
    if rest:
        others = Amount()
        for row in rest:
            others = others.plus(row)
        shown.insert(len(named[:MOST_ROUTES]), Row(key=OTHERS, **others.model_dump()))
    return tuple(shown)


def _compared(frame: Frame, years: int, before: _Tally, now: _Tally) -> Comparison | None:
    if not before.lines:
        return None
    start, end = frame.shifted(years)
    return Comparison(
        year=start.year,
        start=start,
        end=end,
        total=before.total,
        scopes=before.rows("scope"),
        lines_sha256=before.digest.hexdigest(),
        changes=tuple(_changes(before, now)),
    )


def _declared(frame: Frame) -> Comparison:
    rows = tuple(
        # A declared base is of a whole year; a shorter report is compared with its share of it.
        Row(key=key, location_g=g * frame.months // 12, market_g=g * frame.months // 12)
        for key, g in frame.declared_base
    )
    total = Amount()
    for row in rows:
        total = total.plus(row)
    start, end = frame.shifted(frame.base_shift or 0)
    return Comparison(year=start.year, start=start, end=end, total=total, scopes=rows, is_declared=True)


def _changes(before: _Tally, now: _Tally) -> Iterator[MethodChange]:
    """The modes whose factors are of other editions, with what that makes of today's quantities."""
    effects: dict[str, tuple[set[str], set[str], Decimal]] = {}
    for key, today in sorted(now.activities.items()):
        then = before.activities.get(key)
        if then is None or then.editions == today.editions or not then.quantity:
            continue
        effect = today.g - today.quantity * then.g / then.quantity
        olds, news, sum_so_far = effects.get(key[0], (set(), set(), Decimal(0)))
        effects[key[0]] = (olds | then.editions, news | today.editions, sum_so_far + effect)
    for mode, (olds, news, effect) in effects.items():
        effect_g = int(effect.quantize(Decimal(1), ROUND_HALF_UP))
        yield MethodChange(
            mode=mode,
            before=_named(olds),
            after=_named(news),
            effect_g=effect_g,
            is_recalculation_due=abs(effect_g) >= RECALCULATION_SHARE * abs(before.total.location_g),
        )


def _named(editions: Iterable[str]) -> str:
    return ", ".join(sorted(editions))[:200]


def _intensities(frame: Frame, tally: _Tally) -> Iterator[Intensity]:
    travel = [row for row in tally.rows("category") if row.key == "business_travel"]
    denominators: list[tuple[str, Decimal, Amount]] = []
    if frame.head_count:
        denominators.append(("employee", Decimal(frame.head_count), tally.total))
    if tally.trips and travel:
        denominators.append(("trip", Decimal(len(tally.trips)), travel[0]))
    if frame.annual_revenue is not None and frame.annual_revenue.amount_minor:
        units = 1000 * 10 ** minor_digits(frame.annual_revenue.currency)
        revenue = Decimal(frame.annual_revenue.amount_minor) / units * frame.months / 12
        denominators.append(
            (f"k{frame.annual_revenue.currency}", revenue.quantize(GRAM, ROUND_HALF_UP), tally.total)
        )
    for per, denominator, amount in denominators:
        if denominator:
            yield Intensity(
                per=per,
                denominator=denominator,
                location_kg=(Decimal(amount.location_g) / 1000 / denominator).quantize(GRAM, ROUND_HALF_UP),
                market_kg=(Decimal(amount.market_g) / 1000 / denominator).quantize(GRAM, ROUND_HALF_UP),
            )


def _trajectories(frame: Frame, scopes: Sequence[Row], base: Comparison | None) -> Iterator[Trajectory]:
    for target in frame.targets:
        is_base_itself = target.base_year == frame.start.year
        origin = scopes if is_base_itself else base.scopes if base and base.year == target.base_year else None
        if origin is None:
            continue
        wanted = {str(scope) for scope in target.scopes}
        base_g = sum(row.market_g for row in origin if row.key in wanted)
        actual_g = sum(row.market_g for row in scopes if row.key in wanted)
        years = max(0, min(frame.start.year, target.target_year) - target.base_year)
        share = target.reduction_percent / 100 * years / (target.target_year - target.base_year)
        yield Trajectory(
            name=target.name,
            scopes=tuple(sorted(target.scopes)),
            base_year=target.base_year,
            base_g=base_g,
            target_year=target.target_year,
            reduction_percent=target.reduction_percent,
            expected_g=int((base_g * (1 - share)).quantize(Decimal(1), ROUND_HALF_UP)),
            actual_g=actual_g,
        )
