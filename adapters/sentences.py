"""What is shown to whoever started the program as a sentence, instead of a traceback?"""

import psycopg

from adapters.embedded.services import CannotStart
from adapters.event_store.application import UnsafeSetting
from adapters.failpoints import FailpointUnreadable
from adapters.house import NoSuchCompany
from adapters.installation import NotRunning
from adapters.messaging.smtp import MailMisconfigured
from adapters.operations.backup import BackupRefused
from adapters.operations.restore import RestoreRefused
from adapters.operations.starting import UnsafeStart
from adapters.postgres.durability import UnsafeDurability
from adapters.postgres.roles import UnsafeConnection
from adapters.settings import MasterKeyMissing
from domain.kernel.refusals import Refusal

REFUSALS = (
    BackupRefused,
    CannotStart,
    FailpointUnreadable,
    MailMisconfigured,
    MasterKeyMissing,
    NoSuchCompany,
    NotRunning,
    OSError,
    psycopg.OperationalError,
    RestoreRefused,
    UnsafeConnection,
    UnsafeDurability,
    UnsafeSetting,
    UnsafeStart,
    Refusal,
)
