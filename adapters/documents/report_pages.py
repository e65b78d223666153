"""What does each page of an ESG report say?"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, PageBreak, Spacer

from adapters.documents.charts import bars_chart, cards_drawing, every_month, months_chart, trajectory_chart
from adapters.documents.flowables import CM, Drawing, Heading, Text, table
from adapters.documents.fonts import markup
from adapters.documents.look import Styles
from adapters.documents.publication import Publication
from adapters.documents.writing import Pen
from domain.esg.reduction_levers import KINDS
from domain.esg.report_composition import OTHERS, UNASSIGNED
from domain.esg.report_content import (
    EVERY_SCOPE,
    Amount,
    Comparison,
    Lever,
    Row,
    Trajectory,
)
from domain.esg.rounding import apportioned, rounded

MOST_BARS = 8


class Pages:
    """Writes the sections of one report in one language, in their order."""

    def __init__(self, publication: Publication, pen: Pen, styles: Styles) -> None:
        self.publication, self.content = publication, publication.content
        self.pen, self.styles = pen, styles
        self._number = 0

    def body(self) -> Iterator[Flowable]:
        """Every section before the annexes."""
        sections: Sequence[Iterable[Flowable]] = (
            self._summary(),
            self._scopes(),
            self._over_time(),
            self._where(),
            self._comparison(),
            self._intensity(),
            self._targets(),
            self._levers(),
            self._quality(),
            self._methods(),
        )
        for at, section in enumerate(sections):
            yield PageBreak() if at == 1 else CondPageBreak(5 * CM)
            yield from section

    # Sections

    def _summary(self) -> Iterator[Flowable]:
        content, pen = self.content, self.pen
        yield self.heading("summary", level=1)
        yield self._cards()
        yield Spacer(1, 10)
        largest = max(content.categories, key=lambda row: row.market_g, default=None)
        if largest is not None:
            yield self.text(
                "summary.text",
                total=pen.tonnes(rounded(content.total.market_g)),
                location=pen.tonnes(rounded(content.total.location_g)),
                category=pen.name("category", largest.key),
                share=pen.percent(largest.market_g, content.total.market_g),
            )
        if content.previous is not None:
            yield Text(markup(self._compared(content.previous)), self.styles.body)
        for target in content.trajectories[:1]:
            yield Text(markup(self._tracked(target)), self.styles.body)
        yield Spacer(1, 4)
        if content.months_by_scope:
            yield self.subheading("chart.months")
            yield months_chart(pen, self.styles.palette, every_month(content))
        yield self._amounts("scope", content.scopes, "table.scope", numbered=False)
        yield self.small("rounding")
        if content.categories:
            yield self.subheading("chart.categories")
            yield self._bars("category", content.categories, "chart.categories")

    def _scopes(self) -> Iterator[Flowable]:
        content, pen = self.content, self.pen
        yield self.heading("scopes")
        yield self.text("scopes.text")
        location, market = self._columns(content.categories)
        rows = [
            [
                pen.name("scope_of", row.key),
                pen.name("category", row.key),
                pen.tonnes(by_location),
                pen.tonnes(by_market),
                pen.percent(row.market_g, content.total.market_g),
            ]
            for row, by_location, by_market in zip(content.categories, location, market, strict=True)
        ]
        head = ["table.scope", "table.category", "table.location", "table.market", "table.share"]
        total = ["", pen.say("total"), *self._totals(), pen.percent(1, 1)]
        yield table(self.styles, self._said(head), rows, [2.2, 6.8, 3, 3, 2], total=total, texts=2)
        yield Spacer(1, 8)
        yield KeepTogether([self.subheading("scope_2"), self.text("scope_2.text"), *self._scope_2()])

    def _scope_2(self) -> Iterator[Flowable]:
        content, pen = self.content, self.pen
        two = content.scope(2)
        rows = [
            [pen.say("scope_2.location"), pen.tonnes(rounded(two.location_g))],
            [pen.say("scope_2.market"), pen.tonnes(rounded(two.market_g))],
        ]
        yield table(self.styles, self._said(["table.method", "table.amount"]), rows, [12, 5])
        if content.market_by_location_g:
            amount = pen.tonnes(rounded(content.market_by_location_g))
            yield Spacer(1, 4)
            yield self.note("scope_2.fallback", amount=amount)

    def _over_time(self) -> Iterator[Flowable]:
        content = self.content
        yield self.heading("months")
        months = self._months()
        rows = [row.model_copy(update={"key": months.get(row.key, row.key)}) for row in content.months]
        yield self._amounts(None, rows, "table.month")

    def _where(self) -> Iterator[Flowable]:
        for name, kind in (("modes", "mode"), ("sites", None), ("departments", None), ("routes", None)):
            rows = getattr(self.content, name)
            if not [row for row in rows if row.key != UNASSIGNED]:
                continue
            yield CondPageBreak(5 * CM)
            yield self.heading(name)
            if name == "modes":
                yield self._bars("mode", rows, "modes")
                yield Spacer(1, 6)
            yield self._amounts(kind, rows, f"table.{name}")
            if f"{name}.note" in ("routes.note", "sites.note"):
                yield self.note(f"{name}.note")

    def _comparison(self) -> Iterator[Flowable]:
        compared = [each for each in (self.content.previous, self.content.base) if each is not None]
        yield self.heading("comparison")
        if not compared:
            yield self.text("comparison.none")
            return
        pen, content = self.pen, self.content
        for each in compared:
            is_base = each is self.content.base
            title = "comparison.base" if is_base else "comparison.previous"
            keys = sorted({row.key for row in (*content.scopes, *each.scopes)})
            now, then = _by_key(content.scopes), _by_key(each.scopes)
            befores = apportioned([then.get(key, Amount()).market_g for key in keys])
            afters = apportioned([now.get(key, Amount()).market_g for key in keys])
            rows = [
                [pen.say(f"scope.{key}"), pen.tonnes(before), pen.tonnes(after), self._signed(after - before),
                 pen.percent(after - before, before, signed=True)]
                for key, before, after in zip(keys, befores, afters, strict=True)
            ]  # fmt: skip
            before, after = sum(befores), sum(afters)
            total = [pen.say("total"), pen.tonnes(before), pen.tonnes(after), self._signed(after - before),
                     pen.percent(after - before, before, signed=True)]  # fmt: skip
            head = [
                pen.say("table.scope"),
                str(each.year),
                str(content.start.year),
                *self._said(["table.change", "table.percent"]),
            ]
            parts = [
                self.subheading(title, year=each.year),
                table(self.styles, head, rows, [5, 3.2, 3.2, 3.2, 2.4], total=total),
            ]
            if each.is_declared:
                parts.append(self.note("comparison.declared"))
            yield KeepTogether(parts)
            yield from self._method_changes(each)

    def _method_changes(self, compared: Comparison) -> Iterator[Flowable]:
        if not compared.changes:
            return
        pen = self.pen
        yield Spacer(1, 6)
        yield self.text("changes.text", year=compared.year)
        rows = [
            [pen.name("mode", each.mode), each.before, each.after, self._signed(rounded(each.effect_g))]
            for each in compared.changes
        ]
        head = ["table.modes", "table.factors_then", "table.factors_now", "table.effect"]
        yield table(self.styles, self._said(head), rows, [3, 5.4, 5.4, 3.2], texts=3)
        if any(each.is_recalculation_due for each in compared.changes):
            yield self.note("changes.recalculation")

    def _intensity(self) -> Iterator[Flowable]:
        pen = self.pen
        if not self.content.intensity:
            return
        rows = [
            [
                self._per(each.per),
                pen.exact(each.denominator),
                pen.number(each.location_kg, 3),
                pen.number(each.market_kg, 3),
            ]
            for each in self.content.intensity
        ]  # fmt: skip
        head = ["table.per", "table.denominator", "table.kg_location", "table.kg_market"]
        yield KeepTogether(
            [
                self.heading("intensity"),
                self.text("intensity.text"),
                table(self.styles, self._said(head), rows, [5, 4, 4, 4]),
            ]
        )

    def _targets(self) -> Iterator[Flowable]:
        yield CondPageBreak(7 * CM)
        yield self.heading("targets")
        if not self.content.trajectories:
            yield self.text("targets.none")
        for target in self.content.trajectories:
            yield KeepTogether(
                [
                    Text(markup(target.name), self.styles.h2),
                    Text(markup(self._tracked(target)), self.styles.body),
                    trajectory_chart(self.pen, self.styles.palette, target, self.content.start.year),
                ]
            )

    def _levers(self) -> Iterator[Flowable]:
        pen = self.pen
        yield CondPageBreak(6 * CM)
        yield self.heading("levers")
        yield self.text("levers.text" if self.content.levers else "levers.none")
        for kind in KINDS:
            levers = [lever for lever in self.content.levers if lever.kind == kind]
            if not levers:
                continue
            nows, thens = (
                apportioned([lever.now_g for lever in levers]),
                apportioned([lever.then_g for lever in levers]),
            )
            rows = [
                [
                    self._lever_name(lever),
                    str(lever.segments),
                    pen.tonnes(now),
                    pen.tonnes(then),
                    pen.tonnes(now - then),
                ]
                for lever, now, then in zip(levers, nows, thens, strict=True)
            ]
            total = [pen.say("total"), str(sum(lever.segments for lever in levers)), pen.tonnes(sum(nows)),
                     pen.tonnes(sum(thens)), pen.tonnes(sum(nows) - sum(thens))]  # fmt: skip
            head = ["table.trip", "table.segments", "table.now", "table.then", "table.saved"]
            yield self.subheading(f"levers.{kind}")
            yield table(self.styles, self._said(head), rows, [6.2, 2, 2.9, 2.9, 2.9], total=total)
            factor = levers[0]
            if kind == "rail_instead_of_flight" and factor.factor_value is not None:
                yield Spacer(1, 3)
                yield self.note(
                    "levers.rail_note", factor=pen.exact(factor.factor_value), id=factor.factor_id
                )

    def _lever_name(self, lever: Lever) -> str:
        if lever.kind == "rail_instead_of_flight":
            hours = self.pen.number(lever.rail_hours or Decimal(0), 1)
            return self.pen.say("levers.route", route=lever.key, hours=hours)
        activity, cabin, year = (*lever.key.split("|"), "", "")[:3]
        return f"{self.pen.name('activity', activity)} · {self.pen.name('cabin', cabin)} ({year})"

    def _quality(self) -> Iterator[Flowable]:
        pen, content = self.pen, self.content
        quality = content.quality
        amounts = apportioned([row.location_g for row in quality.grades])
        rows = [
            [
                pen.say(f"grade.{row.key}"),
                pen.tonnes(amount),
                pen.percent(row.location_g, content.total.location_g),
            ]
            for row, amount in zip(quality.grades, amounts, strict=True)
        ]
        total = [pen.say("total"), pen.tonnes(sum(amounts)), pen.percent(1, 1)]
        heads = self._said(["table.grade", "table.amount", "table.share"])
        yield KeepTogether(
            [
                self.heading("quality"),
                self.text("quality.text"),
                table(self.styles, heads, rows, [11, 3.6, 2.4], total=total),
            ]
        )  # fmt: skip
        yield Spacer(1, 6)
        yield self.text(
            "quality.uncertainty",
            percent=pen.number(quality.uncertainty_percent, 1),
            estimate=pen.percent(quality.estimate_g, content.total.location_g),
        )

    def _methods(self) -> Iterator[Flowable]:
        yield CondPageBreak(8 * CM)
        yield self.heading("methods")
        names = ", ".join(self.pen.name("method", name) for name in self.content.methods) or "–"
        yield self.text("methods.used", methods=names)
        for at in range(1, 8):
            yield self.text(f"methods.{at}")

    # Pieces

    def heading(self, key: str, *, level: int = 1) -> Heading:
        """A numbered heading of the first level."""
        self._number += 1
        return Heading(
            f"{self._number}  {self.pen.say(key)}",
            self.styles.h1 if level == 1 else self.styles.h2,
            level=1,
            anchor=key,
        )

    def subheading(self, key: str, **values: object) -> Heading:
        """A heading below."""
        anchor = f"{key}-{'-'.join(map(str, values.values()))}" if values else key
        return Heading(self.pen.say(key, **values), self.styles.h2, level=2, anchor=anchor)

    def text(self, key: str, **values: object) -> Text:
        """A paragraph of ours."""
        return Text(markup(self.pen.say(key, **values)), self.styles.body)

    def small(self, key: str, **values: object) -> Text:
        """A paragraph in small letters."""
        return Text(markup(self.pen.say(key, **values)), self.styles.small)

    def note(self, key: str, **values: object) -> Text:
        """A remark."""
        return Text(markup(self.pen.say(key, **values), self.styles.note.fontName), self.styles.note)

    def named(self, kind: str | None, key: str) -> str:
        """What a row is called: a code in the reader's language, or somebody's name as it is."""
        if key in (UNASSIGNED, OTHERS):
            return self.pen.say(key)
        return key if kind is None else self.pen.name(kind, key)

    def _bars(self, kind: str, rows: Sequence[Row], title: str) -> Drawing:
        largest = sorted(rows, key=lambda row: (-row.market_g, row.key))[:MOST_BARS]
        bars = [(self.pen.name(kind, row.key), row.market_g) for row in largest if row.market_g > 0]
        return bars_chart(
            self.pen, self.styles.palette, bars, self.content.total.market_g, self.pen.say(title)
        )

    def _amounts(
        self, kind: str | None, rows: Sequence[Row], head: str, *, numbered: bool = True
    ) -> Flowable:
        location, market = self._columns(rows)
        whole = self.content.total.market_g
        lines = [
            [
                self.named(kind, row.key),
                self.pen.tonnes(one),
                self.pen.tonnes(two),
                self.pen.percent(row.market_g, whole),
            ]
            for row, one, two in zip(rows, location, market, strict=True)
        ]
        total = [self.pen.say("total"), *self._totals(), self.pen.percent(1, 1)]
        heads = self._said([head, "table.location", "table.market", "table.share"])
        return table(self.styles, heads, lines, [8, 3.4, 3.4, 2.2], total=total)

    def _columns(self, rows: Sequence[Row]) -> tuple[list[int], list[int]]:
        return apportioned([row.location_g for row in rows]), apportioned([row.market_g for row in rows])

    def _totals(self) -> list[str]:
        total = self.content.total
        return [self.pen.tonnes(rounded(total.location_g)), self.pen.tonnes(rounded(total.market_g))]

    def told(self, table: str, kind: str | None, key: str) -> str:
        """A row with its table's name in front, where it stands alone."""
        if table == "scopes":
            return self.named(kind, key)
        month = self._months().get(key) if table == "months" else None
        return self.pen.say(
            "totals.row", table=self.pen.say(f"table.{table}"), row=month or self.named(kind, key)
        )

    def _months(self) -> dict[str, str]:
        return {row.month.isoformat()[:7]: self.pen.month(row.month) for row in self.content.months_by_scope}

    def _per(self, per: str) -> str:
        if per in ("employee", "trip"):
            return self.pen.say(f"intensity.{per}")
        return self.pen.say("intensity.revenue", currency=per[1:])

    def _said(self, keys: Sequence[str]) -> list[str]:
        return [self.pen.say(key) for key in keys]

    def _signed(self, kilograms: int) -> str:
        return f"{'+' if kilograms > 0 else ''}{self.pen.tonnes(kilograms)}"

    def _compared(self, compared: Comparison) -> str:
        before, after = compared.total.market_g, self.content.total.market_g
        key = "summary.less" if after < before else "summary.more"
        words = self.pen.say(key, percent=self.pen.percent(abs(after - before), before), year=compared.year)
        effect = sum(each.effect_g for each in compared.changes)
        if effect:
            words += " " + self.pen.say("summary.method", effect=self._signed(rounded(effect)))
        return words

    def _tracked(self, target: Trajectory) -> str:
        pen = self.pen
        scopes = ", ".join(str(scope) for scope in target.scopes)
        of_scopes = "" if target.scopes == EVERY_SCOPE else pen.say("target.scopes", scopes=scopes) + " "
        return of_scopes + pen.say(
            "target.on_track" if target.is_on_track else "target.off_track",
            percent=pen.exact(target.reduction_percent),
            base_year=target.base_year,
            target_year=target.target_year,
            expected=pen.tonnes(rounded(target.expected_g)),
            actual=pen.tonnes(rounded(target.actual_g)),
        )

    def _cards(self) -> Drawing:
        content, pen = self.content, self.pen
        cards = [
            (pen.say("card.market"), pen.tonnes(rounded(content.total.market_g)), pen.say("unit")),
            (pen.say("card.location"), pen.tonnes(rounded(content.total.location_g)), pen.say("unit")),
        ]
        if content.previous is not None:
            before = content.previous.total.market_g
            change = pen.percent(content.total.market_g - before, before, signed=True)
            cards.append(
                (pen.say("card.change", year=content.previous.year), change, pen.say("card.market_short"))
            )
        if content.intensity:
            first = content.intensity[0]
            cards.append((self._per(first.per), pen.number(first.market_kg, 3), pen.say("unit.kg")))

        return cards_drawing(self.styles.palette, cards)


def _by_key(rows: Sequence[Row]) -> dict[str, Amount]:
    return {row.key: row for row in rows}
