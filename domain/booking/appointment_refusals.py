"""Why does an appointment say no?"""

from domain.kernel.refusals import CapacityTaken, Conflict, Malformed, NotFound, RuleBroken


class SlotNotAvailable(RuleBroken):
    """This time is not offered."""


class SlotTaken(CapacityTaken):
    """Somebody else has just taken this time."""


class NoSeatsLeft(CapacityTaken):
    """Every seat of this session is taken."""


class HoldHasExpired(Conflict):
    """The time was kept for a while, and that while is over; choose a time again."""


class AppointmentIsOver(RuleBroken):
    """This appointment is over or called off; it can no longer be changed."""


class AppointmentHasStarted(RuleBroken):
    """The visit has begun; it can no longer be moved or called off."""


class AppointmentNotBooked(RuleBroken):
    """This appointment is not agreed yet."""


class TooLateToChange(RuleBroken):
    """It is too late to change this visit yourself; ask the business."""


class TooEarlyForNoShow(RuleBroken):
    """Nobody is absent before the visit was to begin."""


class DepositMissing(RuleBroken):
    """The deposit has to be paid before the visit is agreed."""


class DepositDiffers(RuleBroken):
    """The amount paid is not the deposit that was asked for."""


class ClientTooYoung(RuleBroken):
    """The client is too young for this service."""


class ClientTooOld(RuleBroken):
    """The client is too old for this service."""


class BirthDateMissing(Malformed):
    """This service asks for the client's date of birth."""


class PrerequisiteMissing(RuleBroken):
    """Another visit has to take place before this service can be booked."""


class DurationNotOffered(Malformed):
    """The service is not offered with this duration."""


class ModeNotOffered(Malformed):
    """The service is not offered in this way."""


class AddressMissing(Malformed):
    """A visit at the client's home needs an address."""


class SiteNotServed(NotFound):
    """The service is not offered at this site."""


class TeamOfTheSession(RuleBroken):
    """A class has one team for everybody; nobody stands in for it on a single seat."""


class SessionNotOfService(RuleBroken):
    """This service is given in sessions; name a session of it."""


class OverrideNotNeeded(RuleBroken):
    """This time is free; book it without an override."""


class BookerMissing(Malformed):
    """Whoever books for somebody else says who they are."""
