"""Which field of the command does a refusal mean, where the domain cannot know?"""

from collections.abc import Iterator
from contextlib import contextmanager

from domain.kernel.refusals import Refusal


@contextmanager
def pointing(pointer: str, *kinds: type[Refusal]) -> Iterator[None]:
    """Adds the JSON pointer (RFC 6901) to refusals of these kinds on their way out."""
    try:
        yield
    except kinds as refusal:
        refusal.facts.setdefault("pointer", pointer)
        raise
