"""Which tenant is the platform itself?"""

from uuid import UUID

# RFC 9562 version 8: chosen by us, and never changed, since ids of tenants derive from it.
PLATFORM_TENANT_ID = UUID("e5ca1e00-0000-8000-8000-000000000001")
