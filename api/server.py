"""How is the API served?"""

import signal

import uvicorn

from adapters import bootstrap
from adapters.bootstrap import Settings
from api.main import create_app

# Requests in flight get this long; with the pools' closing, the whole stop stays below ten seconds.
GOODBYE_S = 6


def serve(settings: Settings) -> None:
    """Serves until told to stop; requests in flight are answered first."""
    bootstrap.configure()
    # uvicorn raises the signal again when it has finished; by then there is nothing left to interrupt.
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    with bootstrap.serving(settings) as house:
        uvicorn.run(
            create_app(house),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GOODBYE_S,
            server_header=False,
        )
