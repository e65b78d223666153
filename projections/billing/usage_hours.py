"""Of which hours has more become known between two cuts of the log?"""

from datetime import datetime, timedelta

from projections.kernel.sql import Sql

HOUR = timedelta(hours=1)
# Hours of the uses themselves, and of those they correct.
SELECT_TOUCHED = """
select distinct touched.meter, date_trunc('hour', touched.at, 'UTC') as hour
from (
  select u.meter, u.at from read.usage u
  where u.tenant_id = %(tenant_id)s and u.position > %(after)s and u.position <= %(cut)s
  union all
  select o.meter, o.at from read.usage u
  join read.usage o on o.tenant_id = %(tenant_id)s and o.transaction_id = u.corrects
  where u.tenant_id = %(tenant_id)s and u.position > %(after)s and u.position <= %(cut)s
) as touched
where touched.at >= %(since)s
order by hour, touched.meter
"""


def touched_hours(sql: Sql, *, after: int, until: int, since: datetime) -> list[tuple[str, datetime]]:
    """Meter and hour of everything that became known, the oldest hour first."""
    found = sql.rows(SELECT_TOUCHED, after=after, cut=until, since=since)
    return [(str(row["meter"]), row["hour"]) for row in found]
