"""How is the API served?"""

import uvicorn

from adapters import bootstrap
from adapters.bootstrap import Settings
from api.main import create_app


def serve(settings: Settings) -> None:
    """Serves until told to stop; requests in flight are answered first."""
    bootstrap.configure()
    with bootstrap.visit(settings) as house:
        uvicorn.run(
            create_app(house),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=8,
            server_header=False,
        )
