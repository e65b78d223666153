"""What does the operator read who appoints a platform administrator?"""

from rich.console import Console
from rich.markup import escape

from adapters.bootstrap import Appointment


def show(console: Console, appointment: Appointment, door: str) -> None:
    """Who was appointed, and how they come in."""
    who = escape(appointment.email)
    if appointment.invitation is None:
        console.print(_why_not(appointment, who), soft_wrap=True)
        return
    done = "is invited as a platform administrator" if appointment.is_new else "was invited before"
    body = f'{{"token": "{appointment.invitation}", "password": "<a password of your own>"}}'
    console.print(
        f"{who} {done}. Until {appointment.expires_at:%Y-%m-%d %H:%M} UTC they choose a password:\n"
    )
    console.print(
        f"  curl -X POST {door}/api/v1/auth/invitations -H 'Content-Type: application/json' \\\n    -d '{body}'\n",
        markup=False,
        soft_wrap=True,
    )
    console.print(
        "Then they sign in to the company `platform`. The token is good once; treat it as a password."
    )


def _why_not(appointment: Appointment, who: str) -> str:
    if appointment.has_joined:
        return f"{who} belongs to the platform already and has a password; nothing was changed."
    return (
        f"{who} belongs to the platform already, and there is no open invitation; nothing was changed."
        " Let an administrator set the password, or appoint another address."
    )
