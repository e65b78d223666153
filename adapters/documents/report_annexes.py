"""What stands behind the pages of an ESG report? Factors, forms, every total to the gram, and the proof."""

from collections.abc import Iterator, Sequence
from typing import Any

from reportlab.platypus import CondPageBreak, Flowable, PageBreak, Spacer

from adapters.documents.flowables import CM, Heading, Text, table
from adapters.documents.fonts import markup
from adapters.documents.report_pages import Pages
from domain.esg.frameworks import FormRow, beges_rows, esrs_rows
from domain.esg.rounding import rounded


class Annexes:
    """Writes the annexes in their order, lettered."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._pen, self._styles, self._content = pages.pen, pages.styles, pages.content
        self._letters = iter("ABCDEFG")

    def all(self) -> Iterator[Flowable]:
        """Every annex."""
        yield PageBreak()
        for annex in (self._factors(), self._esrs(), self._beges(), self._totals(), self._evidence()):
            yield CondPageBreak(6 * CM)
            yield from annex

    def _heading(self, key: str) -> Heading:
        words = f"{self._pen.say('annex')} {next(self._letters)}  {self._pen.say(key)}"
        return Heading(words, self._styles.h1, level=1, anchor=key)

    def _factors(self) -> Iterator[Flowable]:
        pen = self._pen
        yield self._heading("factors")
        yield self._pages.text("factors.text")
        rows = [
            [
                f"{each.publisher} {each.year}",
                each.id,
                pen.name("unit_of", each.unit),
                pen.exact(each.value),
                str(each.lines),
                pen.tonnes(rounded(each.g)),
            ]
            for each in self._content.factors
        ]
        head = ["table.publisher", "table.row_id", "table.unit", "table.value", "table.lines", "table.amount"]
        yield table(self._styles, self._said(head), rows, [2.9, 5.4, 3, 2, 1.3, 2.4], texts=3, tiny=(1,))
        sources = sorted({(each.publisher, each.year, each.source) for each in self._content.factors})
        yield Spacer(1, 8)
        yield self._pages.subheading("sources")
        for publisher, year, source in sources:
            yield Text(markup(f"{publisher} {year}: {source}"), self._styles.small)

    def _esrs(self) -> Iterator[Flowable]:
        yield self._heading("esrs")
        yield self._pages.text("esrs.text")
        yield self._form(esrs_rows(self._content))

    def _beges(self) -> Iterator[Flowable]:
        yield self._heading("beges")
        yield self._pages.text("beges.text")
        yield self._form(beges_rows(self._content))

    def _form(self, rows: Sequence[FormRow]) -> Flowable:
        pen = self._pen
        lines = [
            [row.item, self._named(row.key), "–" if row.g is None else pen.kilograms(row.g)] for row in rows
        ]
        head = self._said(["table.item", "table.what", "table.kg"])
        return table(self._styles, head, lines, [3, 10, 4], texts=2)

    def _named(self, key: str) -> str:
        kind, _, code = key.partition(".")
        return self._pen.name(kind, code)

    def _totals(self) -> Iterator[Flowable]:
        pen, content = self._pen, self._content
        yield self._heading("totals")
        yield self._pages.text("totals.text")
        head = self._said(["table.what", "table.kg_location", "table.kg_market"])
        rows: list[list[str]] = []
        kinds = {"scopes": "scope", "categories": "category", "modes": "mode"}
        for name, found in content.tables().items():
            rows += [
                [
                    self._pages.told(name, kinds.get(name), row.key),
                    pen.kilograms(row.location_g),
                    pen.kilograms(row.market_g),
                ]
                for row in found
            ]
        for compared in (content.previous, content.base):
            if compared is not None:
                words = pen.say("totals.of_year", year=compared.year)
                rows.append(
                    [words, pen.kilograms(compared.total.location_g), pen.kilograms(compared.total.market_g)]
                )
        total = [
            pen.say("total"),
            pen.kilograms(content.total.location_g),
            pen.kilograms(content.total.market_g),
        ]
        yield table(self._styles, head, rows, [10, 3.5, 3.5], total=total)

    def _evidence(self) -> Iterator[Flowable]:
        pen, publication = self._pen, self._pages.publication
        yield self._heading("evidence")
        yield self._pages.text("evidence.text")
        seal: Any = publication.proof.get("seal", {})
        facts = [
            ("evidence.report", str(publication.report_id)),
            ("evidence.tenant", str(publication.tenant_id)),
            ("evidence.position", str(self._content.position)),
            ("evidence.lines", str(self._content.lines)),
            ("evidence.lines_sha256", self._content.lines_sha256),
            ("evidence.content_sha256", publication.content_sha256),
            ("evidence.published", str(publication.proof_position)),
            ("evidence.seal", f"{seal.get('from_position', '–')} – {seal.get('to_position', '–')}"),
            ("evidence.key", str(seal.get("key", "–"))),
        ]
        rows = [[pen.say(key), value] for key, value in facts]
        yield table(
            self._styles, self._said(["table.what", "table.which"]), rows, [5, 12], texts=2, tiny=(1,)
        )
        yield Spacer(1, 8)
        yield self._pages.subheading("steps")
        steps = [
            [
                pen.say(f"step.{step.what}"),
                f"{pen.day(step.at.date())} {step.at:%H:%M} UTC",
                str(step.by or pen.say("step.nobody")),
            ]
            for step in publication.steps
        ]
        yield table(
            self._styles, self._said(["table.step", "table.when", "table.who"]), steps, [4, 5, 8], texts=3
        )
        yield Spacer(1, 4)
        yield self._pages.note("steps.note")
        if publication.restates is not None:
            yield self._pages.text(
                "evidence.restates", report=publication.restates, reason=publication.reason or "–"
            )

    def _said(self, keys: Sequence[str]) -> list[str]:
        return [self._pen.say(key) for key in keys]
