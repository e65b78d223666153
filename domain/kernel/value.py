"""What is nothing but what it says?"""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value; what it does not know is refused. Two with the same content are the same."""

    # Built when the first one is made: a start would spend a sixth of its time on what it may never need.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Input(Value):
    """A value that a client writes whole. It is built at once, as the door that reads it is."""

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=False)
