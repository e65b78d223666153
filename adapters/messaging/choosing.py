"""How does what the house has to say leave it?"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from adapters.event_store.commands import Commands
from adapters.identity.credentials import DerivedCredentials
from adapters.identity.invitations import signup_token
from adapters.messaging.deliveries import Deliveries
from adapters.messaging.mail import MailedMessages
from adapters.messaging.messages import LoggedMessages, Messages
from adapters.messaging.smtp import MailServer
from adapters.postgres.pools import Pools
from adapters.settings import Settings, master_key_of


def messages_for(
    settings: Settings, pools: Pools, commands: Commands, clock: Callable[[], datetime]
) -> Messages:
    """By mail where a server is named; else what would be said is only noted."""
    if settings.smtp_url is None:
        return LoggedMessages()
    return MailedMessages(
        MailServer.of(settings.smtp_url, settings.mail_from),
        rows=pools.queries,
        deliveries=Deliveries(pools.commands),
        streams=commands.reading,
        clock=clock,
        language=settings.mail_language,
        signup_token=partial(signup_token, DerivedCredentials(master_key_of(settings))),
    )
