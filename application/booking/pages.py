"""How does a company open a business to the public, and whom does it keep out?"""

from uuid import UUID, uuid5

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.booking.booking_page import BookingPage, PageNotPublished, PageTerms, page_id
from domain.booking.business import Business
from domain.booking.contact_block import BLOCKED, ContactBlock, ContactIsBlocked, normalised
from domain.kernel.refusals import NotFound
from domain.kernel.text import Line


class PublishPage(Command):
    """Open a business to the public, under these terms."""

    business_id: UUID
    terms: PageTerms


class WithdrawPage(Command):
    """Take a business from the public."""

    business_id: UUID


class BlockContact(Command):
    """Keep an address or a number from booking online."""

    contact: Line


class UnblockContact(Command):
    """Let it book again."""

    block_id: UUID


def publish_page(command: PublishPage, context: Context) -> Saved:
    stream_id = page_id(command.business_id)

    def decide() -> tuple[BookingPage, ...]:
        if context.store.read(Business, command.business_id) is None:
            raise NotFound
        found = context.store.find_all({stream_id: BookingPage}).get(stream_id)
        page = found if isinstance(found, BookingPage) else BookingPage.new(stream_id)
        page.publish(command.business_id, command.terms, at=context.now)
        return (page,)

    return context.store.save_all(decide)


def withdraw_page(command: WithdrawPage, context: Context) -> Saved:
    stream_id = page_id(command.business_id)
    if context.store.find_all({stream_id: BookingPage}).get(stream_id) is None:
        raise PageNotPublished
    return context.store.change(BookingPage, stream_id, lambda page: page.withdraw(at=context.now))


def block_contact(command: BlockContact, context: Context) -> Saved:
    def create() -> ContactBlock:
        if context.ports.totals.holder(BLOCKED, normalised(command.contact), personal=True):
            raise ContactIsBlocked(pointer="/contact")
        block = ContactBlock.new(uuid5(context.tenant_id, f"contact-block:{context.command.id}"))
        block.block(normalised(command.contact), at=context.now)
        return block

    return context.store.add(create)


def unblock_contact(command: UnblockContact, context: Context) -> Saved:
    return context.store.change(ContactBlock, command.block_id, lambda block: block.lift(at=context.now))


HANDLERS: Handlers = {
    PublishPage: publish_page,
    WithdrawPage: withdraw_page,
    BlockContact: block_contact,
    UnblockContact: unblock_contact,
}
