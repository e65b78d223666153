"""Who may have others told what happens?"""

from collections.abc import Mapping

from application.platform.permission import STAFF, Permission
from domain.platform.roles import Scope

PERMISSIONS: Mapping[str, Permission] = {
    # Webhooks: whoever answers for the company decides who outside is told; what is told is the whole log.
    **dict.fromkeys(
        (
            *("register_webhook_endpoint", "change_webhook_endpoint", "delete_webhook_endpoint"),
            *(
                "pause_webhook_endpoint",
                "resume_webhook_endpoint",
                "rotate_webhook_secret",
                "send_test_webhook",
            ),
            *("replay_webhook_delivery", "replay_webhook_deliveries", "subscribe_hook", "unsubscribe_hook"),
        ),
        Permission(all=STAFF, scope=Scope.WEBHOOKS_WRITE),
    ),
    **dict.fromkeys(
        (
            *("list_webhook_endpoints", "get_webhook_endpoint", "list_webhook_deliveries"),
            "get_webhook_delivery",
        ),
        Permission(all=STAFF, scope=Scope.WEBHOOKS_READ),
    ),
    # What a program that got out may ask: decided by whoever hands out keys.
    **dict.fromkeys(
        ("get_trusted_documents", "set_trusted_documents"), Permission(all=STAFF, scope=Scope.KEYS_WRITE)
    ),
    # What a hook will be sent, by an invented example; platforms may ask before they are let in.
    "get_hook_sample": Permission(public=True),
}
