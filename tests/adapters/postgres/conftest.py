"""The same test ledgers as the jobs use."""

from tests.adapters.jobs.conftest import bench, module_bench, tenant_id

__all__ = ["bench", "module_bench", "tenant_id"]
