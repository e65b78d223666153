"""Whenever a report is published, what follows? Its files are made, so that nobody waits for the first download."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.process import Effect, History
from domain.esg.esg_report import EsgReportPublished
from domain.kernel.event import DomainEvent


class EsgReporting:
    """Has the files made; whoever asks for one that is missing has it made again, byte for byte."""

    name: ClassVar[str] = "esg-reporting"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (EsgReportPublished,)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(self, event: EsgReportPublished, history: History) -> Iterable[Effect]:
        """One effect for all files."""
        yield Effect("make_esg_files")
