"""What follows when the house stops sending to an endpoint? Whoever answers for the company is told."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.command import Command
from application.kernel.process import Effect, History, InTenant
from domain.developer.webhook_endpoint import WebhookEndpointDisabled
from domain.kernel.event import DomainEvent


class WebhookNotices:
    """Has the owners and administrators written to."""

    name: ClassVar[str] = "webhook-notices"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (WebhookEndpointDisabled,)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(
        self, event: WebhookEndpointDisabled, history: History
    ) -> Iterable[Command | InTenant | Effect]:
        yield Effect("webhook_disabled")
