"""REST hooks, as Zapier, Make and n8n ask for them: subscribe, unsubscribe, and a sample of what will come."""

from typing import Any, Self
from uuid import UUID

from pydantic import Field

from api.rest.conventions import Resource, View
from api.rest.session import PublicDep, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.developer.webhook_endpoints import DeleteWebhookEndpoint, SubscribeHook
from domain.developer.webhook_endpoint import EventType, WebhookEndpoint
from domain.kernel.refusals import NotFound

router = Shelf(prefix="/api/v1/hooks", tags=["webhooks"], route_class=StrictRoute)


class HookView(Resource):
    """A subscription of an automation platform: a webhook endpoint for one type of event, told in full."""

    id: UUID
    target_url: str
    event_type: str

    @classmethod
    def of(cls, endpoint: WebhookEndpoint, position: int | None = None) -> Self:
        """The subscription as it stands."""
        types = endpoint.delivering.event_types
        return cls(
            id=endpoint.id,
            version=endpoint.version,
            position=position,
            target_url=endpoint.delivering.url,
            event_type=types[0] if types else "",
        )


class NewHookView(HookView):
    """A subscription just made, and the secret that signs what is sent."""

    secret: str = Field(description="platforms that verify signatures keep it; it is not shown again")


class HookSamples(View):
    """What will come, one example of it."""

    data: list[dict[str, Any]] = Field(description="a CloudEvent as it will be sent")


@router.post("", operation_id="subscribe_hook", status_code=201, summary="Subscribe a REST hook")
def subscribe_hook(body: SubscribeHook, session: SessionDep) -> NewHookView:
    """From now on every event of the type is sent to the address, as to any webhook endpoint: signed, and tried again
    for three days. An answer of 410 ends the subscription."""
    endpoint, answer, _ = session.create(body, WebhookEndpoint, location="/api/v1/webhooks/endpoints/{id}")
    secret = session.house.webhooks.ground.secret(session.tenant_id, endpoint.id, endpoint.generation)
    view = HookView.of(endpoint, answer.saved.position)
    return NewHookView(**dict(view), secret=secret)


@router.delete("/{hook_id}", operation_id="unsubscribe_hook", summary="Unsubscribe a REST hook")
def unsubscribe_hook(hook_id: UUID, session: SessionDep) -> HookView:
    """Ends the subscription; unsubscribing again is calm."""
    endpoint, answer = session.change(DeleteWebhookEndpoint(endpoint_id=hook_id), WebhookEndpoint, hook_id)
    return HookView.of(endpoint, answer.saved.position)


@router.get("/samples/{event_type}", operation_id="get_hook_sample", summary="Get a sample for a REST hook")
def get_hook_sample(event_type: EventType, door: PublicDep) -> HookSamples:
    """One example of what the hook will be sent, without anybody's data, for whoever maps its fields."""
    kind = door.house.feed.catalogue.kinds.get(event_type)
    if kind is None:
        raise NotFound
    told = {each.name for each in kind.fields if each.personal_data != "personal"}
    facts = {name: value for name, value in kind.example["data"].items() if name in told}
    return HookSamples(data=[{**kind.example, "data": facts}])
