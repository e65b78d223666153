"""Where does the running demo answer, and with which keys? All of it follows from the data directory."""

from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from uuid import UUID

from adapters.demo.companies import demo_order_id, demo_password, email_of
from adapters.identity.credentials import DerivedCredentials
from adapters.installation import NotRunning, running_embedded
from adapters.settings import Settings, master_key_of
from application.platform.api_keys import api_key_id_for
from application.platform.members import member_id_for
from application.platform.tenants import tenant_id_for
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

PATIENCE_S = 10


class NoDemo(NotRunning):
    """No demo runs here."""


@dataclass(frozen=True)
class CompanyAccess:
    """One demo company, as a visitor needs it."""

    slug: str
    tenant_id: UUID
    traveller_id: UUID
    api_key: str  # acts for the owner
    owner_email: str
    owner_password: str
    manager_email: str  # who decides on the traveller's trips
    manager_password: str


@dataclass(frozen=True)
class DemoAccess:
    """The running demo: its door, its two companies, its data."""

    url: str
    data_dir: Path
    aurore: CompanyAccess
    boreal: CompanyAccess


def demo_access(settings: Settings, port: int | None = None) -> DemoAccess:
    """The demo that runs on this data directory; refuses with NoDemo, and a remedy, when none answers."""
    url = _door_of(settings) if port is None else f"http://{settings.host}:{port}"
    if settings.master_key is None and not (settings.data_dir / "secrets" / "master-key").exists():
        raise NoDemo(
            f"No demo was ever started on {settings.data_dir}. Start one with `make demo` in another terminal, "
            "or name its directory with --data-dir."
        )
    master_key = master_key_of(settings)
    access = DemoAccess(
        url, settings.data_dir, _company("aurore", master_key), _company("boreal", master_key)
    )
    _refuse_strangers(access)
    return access


def _door_of(settings: Settings) -> str:
    kept = None if settings.database_url or not settings.data_dir.exists() else _kept_door(settings)
    return kept or f"http://{settings.host}:{settings.port}"


def _kept_door(settings: Settings) -> str | None:
    try:
        return running_embedded(settings).door
    except NotRunning:
        return None


def _company(slug: str, master_key: bytes) -> CompanyAccess:
    tenant_id = tenant_id_for(demo_order_id(PLATFORM_TENANT_ID, f"register {slug}"))
    issued = demo_order_id(tenant_id, "api key")
    key = DerivedCredentials(master_key).api_key(
        tenant_id=tenant_id, key_id=api_key_id_for(tenant_id, issued), command_id=issued
    )
    traveller_id = member_id_for(tenant_id, demo_order_id(tenant_id, "invite traveller"))
    return CompanyAccess(
        slug,
        tenant_id,
        traveller_id,
        key.presented,
        owner_email=email_of(slug, "owner"),
        owner_password=demo_password(master_key, f"{slug} owner"),
        manager_email=email_of(slug, "manager"),
        manager_password=demo_password(master_key, f"{slug} manager"),
    )


def _refuse_strangers(access: DemoAccess) -> None:
    """Somebody must answer at the door, and must know the demo's key."""
    asked = Request(
        f"{access.url}/api/v1/position", headers={"Authorization": f"Bearer {access.aurore.api_key}"}
    )
    try:
        with urlopen(asked, timeout=PATIENCE_S):
            return
    except HTTPError as answer:
        raise NoDemo(
            f"{access.url} does not know the demo of {access.data_dir} (status {answer.code}). "
            "Name the directory it runs on with --data-dir, or its port with --port."
        ) from None
    except (URLError, OSError):
        raise NoDemo(
            f"No Escale answers on {access.url}. Start one with `make demo` in another terminal and wait for "
            "`Serving`, or name its place with --port and --data-dir."
        ) from None
