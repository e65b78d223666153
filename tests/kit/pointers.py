"""Do the findings of an answer lead to their place in what was sent, and tell nothing else?"""

import json
import re
from typing import Any

# What a library or a regular expression would say, and a sentence of the house never does.
INSIDE = re.compile(r"Decimal|Input should|Value error|valid |Tuple|[a-z][A-Z]|[\"\'()\\[\\]<>{}^$]")


def resolves(pointer: str, document: Any) -> bool:
    """Is there something in the document at this JSON pointer?"""
    here = document
    for part in pointer.split("/")[1:]:
        if isinstance(here, dict) and part in here:
            here = here[part]
        elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        else:
            return False
    return True


def leads_somewhere(pointer: str, document: Any) -> bool:
    """It resolves, or its parent does: then a field is missing."""
    return resolves(pointer, document) or resolves(pointer.rpartition("/")[0], document)


def misleading(errors: list[dict[str, Any]], body: bytes) -> list[dict[str, Any]]:
    """The findings that lead nowhere in this body, or speak of what is inside the house."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return [error for error in errors if INSIDE.search(error["detail"])]
    return [
        error
        for error in errors
        if INSIDE.search(error["detail"])
        or (error["location"] == "body" and not leads_somewhere(error["pointer"], sent))
    ]
