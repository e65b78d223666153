"""How are the figures of a report drawn? Columns by month, bars by size, a line to the target."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from reportlab.lib.colors import Color, white

from adapters.documents.flowables import TEXT_WIDTH, Drawing, put
from adapters.documents.fonts import BODY, OTHER, lines, runs, width
from adapters.documents.look import INK, MUTED, RULE, SHADE, Palette
from adapters.documents.writing import Pen
from domain.esg.report_content import MonthRow, ReportContent, Trajectory


def months_chart(pen: Pen, palette: Palette, months: Sequence[MonthRow]) -> Drawing:
    """Columns by month, one part per scope, market-based."""
    stacks = [(row.scope_1_g, row.scope_2_market_g, row.scope_3_g) for row in months]
    top = _top(max((sum(max(part, 0) for part in stack) for stack in stacks), default=0))

    def draw(canvas: Any, wide: float, high: float) -> None:
        left, bottom, upper = 44.0, 22.0, high - 24
        _legend(canvas, left, high - 9, [(pen.say(f"scope.{at + 1}"), palette.scopes[at]) for at in range(3)])
        _axis(canvas, pen, left, bottom, wide, upper, top)
        room = (wide - left) / max(len(stacks), 1)
        column = min(room * 0.62, 34)
        for at, (row, stack) in enumerate(zip(months, stacks, strict=True)):
            x, y = left + room * at + (room - column) / 2, bottom
            for part, colour in zip(stack, palette.scopes, strict=True):
                height = _share(max(part, 0), top) * (upper - bottom)
                canvas.setFillColor(colour)
                canvas.rect(x, y, column, height, stroke=0, fill=1)
                y += height
            put(
                canvas,
                pen.month(row.month, short=True),
                x + column / 2,
                bottom - 11,
                size=7.6,
                colour=MUTED,
                align="centre",
            )
            if len({each.month.year for each in months}) > 1 or at == 0:
                put(
                    canvas,
                    str(row.month.year),
                    x + column / 2,
                    bottom - 20,
                    size=6.6,
                    colour=MUTED,
                    align="centre",
                )

    told = "; ".join(
        f"{pen.month(row.month)}: {pen.number(Decimal(sum(stack)) / 1_000_000, 1)} t"
        for row, stack in zip(months, stacks, strict=True)
    )
    return Drawing(168, f"{pen.say('chart.months')}. {told}", draw)


def bars_chart(
    pen: Pen, palette: Palette, bars: Sequence[tuple[str, int]], whole: int, title: str
) -> Drawing:
    """Horizontal bars, the largest first, with their share."""
    most = max((grams for _, grams in bars), default=0)
    step = 17.0

    def draw(canvas: Any, wide: float, high: float) -> None:
        label, y = 168.0, high - step
        for name, grams in bars:
            shown = lines(name, BODY, 8.4, label - 8, 1)
            _mixed(canvas, shown[0] if shown else "", label - 8, y + 3.4)
            canvas.setFillColor(palette.heading)
            room = wide - label - 60
            canvas.rect(label, y, max(_share(max(grams, 0), most) * room, 0.6), step * 0.62, stroke=0, fill=1)
            shown_share = pen.percent(grams, whole)
            put(
                canvas,
                shown_share,
                label + _share(max(grams, 0), most) * room + 5,
                y + 2.6,
                size=8,
                colour=MUTED,
            )
            y -= step

    told = "; ".join(f"{name}: {pen.percent(grams, whole)}" for name, grams in bars)
    return Drawing(step * max(len(bars), 1) + 4, f"{title}. {told}", draw)


def trajectory_chart(pen: Pen, palette: Palette, target: Trajectory, year: int) -> Drawing:
    """From the base year to the target, and where the company is."""
    top = _top(max(target.base_g, target.actual_g) * 6 // 5)  # room for the figures over the marks

    def draw(canvas: Any, wide: float, high: float) -> None:
        left, bottom, upper, right = 44.0, 22.0, high - 24, wide - 20
        _axis(canvas, pen, left, bottom, wide, upper, top)
        first = min(target.base_year, year)
        span = max(target.target_year, year) - first

        def place(at: int, grams: int) -> tuple[float, float]:
            return (
                left + 26 + (right - left - 52) * (at - first) / span,
                bottom + _share(grams, top) * (upper - bottom),
            )

        canvas.setStrokeColor(palette.heading)
        canvas.setLineWidth(1.6)
        canvas.setDash(4, 3)
        canvas.line(*place(target.base_year, target.base_g), *place(target.target_year, target.target_g))
        canvas.setDash()
        marks = [
            (target.base_year, target.base_g, palette.heading),
            (target.target_year, target.target_g, palette.heading),
            (year, target.actual_g, palette.accent),
        ]
        for at, grams, colour in marks:
            canvas.setFillColor(colour)
            canvas.circle(*place(at, grams), 3.6, stroke=0, fill=1)
            x, y = place(at, grams)
            put(
                canvas,
                f"{pen.number(Decimal(grams) / 1_000_000, 1)} t",
                x,
                y + 7,
                size=8,
                colour=INK,
                bold=True,
                align="centre",
            )
        for at in sorted({target.base_year, year, target.target_year}):
            put(canvas, str(at), place(at, 0)[0], bottom - 12, size=8, colour=MUTED, align="centre")
        _legend(
            canvas,
            left,
            high - 9,
            [(pen.say("trajectory.line"), palette.heading), (pen.say("trajectory.actual"), palette.accent)],
        )

    words = pen.say(
        "chart.trajectory",
        base_year=target.base_year,
        base=pen.number(Decimal(target.base_g) / 1_000_000, 1),
        target_year=target.target_year,
        target=pen.number(Decimal(target.target_g) / 1_000_000, 1),
        year=year,
        actual=pen.number(Decimal(target.actual_g) / 1_000_000, 1),
    )
    return Drawing(150, words, draw)


def every_month(content: ReportContent) -> list[MonthRow]:
    """The months of the period, those in which nothing was emitted too."""
    known = {row.month: row for row in content.months_by_scope}
    months, at = [], content.start
    while at < content.end:
        nothing = MonthRow(month=at, scope_1_g=0, scope_2_location_g=0, scope_2_market_g=0, scope_3_g=0)
        months.append(known.get(at, nothing))
        at = (at + timedelta(days=31)).replace(day=1)
    return months


def cards_drawing(palette: Palette, cards: Sequence[tuple[str, str, str]]) -> Drawing:
    """A few figures in a row: title, figure, unit."""

    def draw(canvas: Any, wide: float, high: float) -> None:
        gap = 9.0
        room = (wide - gap * (len(cards) - 1)) / len(cards)
        for at, (title, figure, unit) in enumerate(cards):
            x = at * (room + gap)
            canvas.setFillColor(SHADE)
            canvas.roundRect(x, 0, room, high, 5, stroke=0, fill=1)
            canvas.setFillColor(palette.accent if at else palette.heading)
            canvas.rect(x, 0, 3, high, stroke=0, fill=1)
            put(canvas, title, x + 11, high - 17, size=8.2, colour=MUTED)
            size = 17.0
            while canvas.stringWidth(figure, BODY, size) > room - 20:
                size -= 0.5
            put(canvas, figure, x + 11, high - 40, size=size, colour=INK, bold=True)
            put(canvas, unit, x + 11, 9, size=8, colour=MUTED)

    told = "; ".join(f"{title}: {figure} {unit}" for title, figure, unit in cards)
    return Drawing(62, told, draw, TEXT_WIDTH)


def _mixed(canvas: Any, text: str, right: float, y: float) -> None:
    """Somebody's name, set to the right in whatever fonts it takes."""
    x = right - width(text, BODY, 8.4)
    canvas.setFillColor(INK)
    for name, run in runs(text, BODY):
        canvas.setFont(name, 8.4 if name != OTHER else 7.8)
        canvas.drawString(x, y, run)
        x += width(run, BODY, 8.4)


def _legend(canvas: Any, x: float, y: float, entries: Sequence[tuple[str, Color]]) -> None:
    for words, colour in entries:
        canvas.setFillColor(colour)
        canvas.rect(x, y - 0.5, 7, 7, stroke=0, fill=1)
        put(canvas, words, x + 11, y, size=8, colour=INK)
        x += 26 + width(words, BODY, 8)


def _axis(canvas: Any, pen: Pen, left: float, bottom: float, right: float, upper: float, top: int) -> None:
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.4)
    for step in range(5):
        y = bottom + (upper - bottom) * step / 4
        canvas.line(left, y, right, y)
        amount = Decimal(top * step) / 4 / 1_000_000
        digits = 0 if top >= 20_000_000 else 2
        put(
            canvas,
            f"{pen.number(amount, digits)} t",
            left - 5,
            y - 2.6,
            size=7.2,
            colour=MUTED,
            align="right",
        )
    canvas.setFillColor(white)


def _top(grams: int) -> int:
    """A round number above the amount."""
    scale = 10 ** max(len(str(max(grams, 1))) - 1, 0)
    return next(step * scale for step in (1, 2, 4, 6, 8, 10) if step * scale >= grams)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
