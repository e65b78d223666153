"""How is a file read from a request? As it comes, onto the disk once it is large."""

from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, BinaryIO, cast

from fastapi import Depends, Request

from api.rest.session import SessionDep

IN_MEMORY_BYTES = 1_048_576


async def csv_body(request: Request, session: SessionDep) -> AsyncIterator[BinaryIO]:
    """The file, at its beginning. Nothing is read before it is known who asks."""
    with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
        async for chunk in request.stream():
            file.write(chunk)
        file.seek(0)
        yield cast(BinaryIO, file)


CsvBody = Annotated[BinaryIO, Depends(csv_body)]


def taking_csv(example: str, description: str) -> dict[str, Any]:
    """The request body for the OpenAPI document."""
    content = {"text/csv": {"schema": {"type": "string"}, "example": example}}
    return {"requestBody": {"required": True, "description": description, "content": content}}


def giving_csv(example: str, description: str) -> dict[int | str, dict[str, Any]]:
    """The answer for the OpenAPI document."""
    content = {"text/csv": {"schema": {"type": "string"}, "example": example}}
    return {200: {"description": description, "content": content}}
