"""How fast does a report of emissions become a PDF, and does its memory stay put when the ledger grows?"""

import resource
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from time import perf_counter

from adapters.documents.report_pdf import pdf_of
from adapters.documents.writing import LANGUAGES
from domain.esg.report_composition import compose
from domain.esg.report_evidence import evidence
from domain.esg.reporting_line import ReportLine
from tests.bench.figures import Figure, Sizes, at_least
from tests.bench.place import Place
from tests.kit.esg import REPORT, TENANT, content, frame, ledger, publication

TARGET_PAGES = 5.0
MOST_MIB = 150


def pdf_pages_per_second(place: Place, sizes: Sizes) -> Figure:
    """Pages of a year's report in two languages, against the pages a second somebody waits for; and beside it what a
    report over a large ledger adds to the process's memory, with every line attached."""
    figures = content()
    published = publication(figures)
    pdf_of(published, "en", iter(()))  # the fonts are read once per process
    started, pages = perf_counter(), 0
    for _ in range(sizes.rounds):
        for language in LANGUAGES:
            pages += pdf_of(published, language, iter(())).count(b"/Type /Page\n")
    pace = pages / (perf_counter() - started)
    lines, added_mib = _over_a_large_ledger(sizes.report_lines)
    return replace(
        at_least(
            "pdf_pages_per_second",
            f"pages of a report with charts, tables, tags and outline; with {lines:,} lines attached it adds"
            f" {added_mib} MiB to the process ({MOST_MIB} at most)",
            pace,
            TARGET_PAGES,
            unit="pages/s",
            target=1.0,
            method="two passes per file, English and French; the pace of somebody who waits for a download",
        ),
        holds=pace >= TARGET_PAGES and added_mib <= MOST_MIB,
    )


def _over_a_large_ledger(count: int) -> tuple[int, int]:
    """Composes and prints a report over so many lines; how many there were, and the MiB it took at most."""

    def lines() -> Iterator[ReportLine]:
        return islice(ledger(trips=count // 36 + 1), count)

    before = _peak_mib()
    figures = compose(frame(base_year=None, targets=()), lines())
    proof = evidence(tenant_id=TENANT, report_id=REPORT, content=figures, proof={}, lines=lines())
    pdf_of(publication(figures), "en", proof)
    return figures.lines, _peak_mib() - before


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
