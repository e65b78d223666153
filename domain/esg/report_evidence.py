"""What does somebody need who trusts nobody and wants to add up a report again? Every line it stands on."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from domain.esg.report_content import ReportContent
from domain.esg.reporting_line import ReportLine

FORMAT = "escale-esg-evidence/1"


def evidence(
    *,
    tenant_id: UUID,
    report_id: UUID,
    content: ReportContent,
    proof: Mapping[str, Any],
    lines: Iterable[ReportLine],
    previous: Iterable[ReportLine] = (),
    base: Iterable[ReportLine] = (),
) -> Iterator[str]:
    """The attachment, line by line: the figures, the proof of their publication, and the lines of each period."""
    head = {
        "kind": "evidence",
        "format": FORMAT,
        "tenant_id": str(tenant_id),
        "report_id": str(report_id),
        # As text, so that its digest can be taken of exactly these bytes.
        "content": content.written(),
        "proof": proof,
    }
    yield _line(head)
    for name, each in (("this", lines), ("previous", previous), ("base", base)):
        yield _line({"kind": "lines", "of": name})
        for line in each:
            yield line.written() + "\n"
    yield _line({"kind": "end"})


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
