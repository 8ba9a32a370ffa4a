"""The letters: each a function that writes it in the language now active, from an event and what it happened to."""

from tcloud.outbox.letters import (
    accounts,
    addresses,
    applications,
    calendar,
    chat,
    choosing,
    experts,
    invoices,
    orders_between,
    orders_company,
    orders_office,
    orders_supplier,
    plans,
    points,
    refunds,
    tickets,
    ways,
)
from tcloud.outbox.letters.letter import Composer, Letter, Link, Occasion, Thread

COMPOSERS: dict[str, Composer] = {
    **addresses.COMPOSERS,
    **applications.COMPOSERS,
    **points.COMPOSERS,
    **orders_company.COMPOSERS,
    **orders_supplier.COMPOSERS,
    **orders_office.COMPOSERS,
    **invoices.COMPOSERS,
    **orders_between.COMPOSERS,
    **refunds.COMPOSERS,
    **accounts.COMPOSERS,
    **calendar.COMPOSERS,
    **plans.COMPOSERS,
    **choosing.COMPOSERS,
    **chat.COMPOSERS,
    **tickets.COMPOSERS,
    **experts.COMPOSERS,
    **ways.COMPOSERS,
}

__all__ = ["COMPOSERS", "Composer", "Letter", "Link", "Occasion", "Thread"]
