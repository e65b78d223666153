"""Do commands about trips reach exactly as far as the matrix says, whatever roles come together?"""

from itertools import combinations_with_replacement, product
from typing import Any
from uuid import UUID

from application.platform.permissions import reach
from application.travel import approvals, policies, trips
from application.travel.ownership import NotYourTrip
from domain.kernel.refusals import Refusal
from domain.platform.roles import COMPANY_ROLES, Role
from tests.application.test_permissions import CELLS
from tests.application.travel.test_trips import FLIGHT, LEG, STAY, order
from tests.kit.builders import MANAGER, TRAVELLER
from tests.kit.every import every
from tests.kit.memory import House

PAIRS = list(combinations_with_replacement(sorted(COMPANY_ROLES), 2))
HANDLERS = {**trips.HANDLERS, **approvals.HANDLERS, **policies.HANDLERS}
SEGMENT = UUID("00000000-0000-7000-8000-00000000beef")
# Everything one can do to a trip of somebody else, by operation.
COMMANDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "plan_trip": (trips.PlanTrip, {"traveller_id": str(TRAVELLER), "purpose": "Client visit"}),
    "allocate_trip": (trips.AllocateTrip, {"department_id": None, "cost_centre_id": None}),
    "add_flight": (trips.AddFlight, FLIGHT),
    "add_hotel": (trips.AddHotel, STAY),
    "add_ground": (trips.AddGround, LEG),
    "remove_segment": (trips.RemoveSegment, {"segment_id": str(SEGMENT)}),
    "submit_trip": (trips.SubmitTrip, {}),
    "approve_trip": (approvals.ApproveTrip, {}),
    "reject_trip": (approvals.RejectTrip, {"reason": "X"}),
    "book_trip": (trips.BookTrip, {}),
    "complete_trip": (trips.CompleteTrip, {}),
    "cancel_trip": (trips.CancelTrip, {"reason": "X"}),
}


def test_every_command_about_trips_is_walked() -> None:
    assert {kind for kind, _ in COMMANDS.values()} == {
        *trips.HANDLERS,
        approvals.ApproveTrip,
        approvals.RejectTrip,
    }


@every("operation, pair", product(COMMANDS, PAIRS))
def test_two_roles_reach_others_only_if_one_of_them_does(pair: tuple[Role, Role], operation: str) -> None:
    how_far = reach(operation, set(pair))
    cells = {CELLS[operation, role] for role in pair}
    assert how_far == ("all" if "all" in cells else "own" if "own" in cells else None)
    if how_far is None:
        return  # the door says no
    kind, fields = COMMANDS[operation]
    house = House(HANDLERS)
    plan = order(trips.PlanTrip, traveller_id=str(TRAVELLER), purpose="Client visit")
    trip_id = str(house.execute(plan).stream_id)
    command = order(kind, **fields) if operation == "plan_trip" else order(kind, trip_id=trip_id, **fields)
    before = len(house.store.events)
    try:
        house.execute(command, by=MANAGER, reach=how_far)
    except NotYourTrip:
        assert how_far == "own"
        assert len(house.store.events) == before
    except Refusal:
        assert how_far == "all"  # the trip itself says no, after the question whose it is
    else:
        assert how_far == "all"
