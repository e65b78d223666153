"""What is a handler, and how are handlers listed?"""

from collections.abc import Callable, Mapping
from typing import Any

from application.kernel.command import Command
from application.kernel.context import Context
from application.ports.store import Saved

# A handler answers where it left the stream it changed.
Handler = Callable[[Any, Context], Saved]
Handlers = Mapping[type[Command], Handler]
