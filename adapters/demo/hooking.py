"""Whom would the first demo company tell what happens? An endpoint that is paused: nobody is there."""

from datetime import datetime
from uuid import UUID

from adapters.demo.companies import Provisioner
from application.developer.webhook_endpoints import PauseWebhookEndpoint, RegisterWebhookEndpoint
from domain.developer.webhook_endpoint import BodyForm

ENDPOINT = RegisterWebhookEndpoint(
    url="https://hooks.example.com/escale",
    event_types=("trip.booked.v3", "trip.cancelled.v2", "violation.flagged.v2"),
    body=BodyForm.FULL,
    description="Travel desk (an example: resume it with an address of your own)",
)


def register_hook(provisioner: Provisioner, tenant_id: UUID, *, at: datetime) -> None:
    """The endpoint, and its pause; a second time they are known."""
    endpoint_id = provisioner.run(tenant_id, "webhook endpoint", ENDPOINT, at=at).saved.stream_id
    provisioner.run(tenant_id, "webhook pause", PauseWebhookEndpoint(endpoint_id=endpoint_id), at=at)
