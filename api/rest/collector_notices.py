"""What Stripe says happened: verified on its bytes, kept once, answered at once, worked on later."""

from contextlib import suppress
from typing import Annotated

from fastapi import Depends, Request, Response

from adapters.bootstrap import House, SignatureWrong
from api.rest.shelf import Shelf

# For Stripe alone: nobody else can sign, so it is no part of the public contract.
router = Shelf(prefix="/webhooks")
LARGEST_BYTES = 1_048_576


async def raw_body(request: Request) -> bytes:
    """The bytes as they came: the signature is over them, and over nothing parsed."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BYTES:
            break
    return bytes(body)


@router.post("/stripe", include_in_schema=False)
def receive_collector_event(request: Request, body: Annotated[bytes, Depends(raw_body)]) -> Response:
    """204 once it is kept; 400 for whoever cannot sign; 404 where nothing is collected."""
    house: House = request.app.state.house
    if house.billing.webhooks is None:
        return Response(status_code=404)
    with suppress(SignatureWrong):
        notice = house.billing.webhooks.read(body, request.headers.get("stripe-signature"), now=house.clock())
        house.keep_notice(notice)
        return Response(status_code=204)
    return Response(status_code=400)
