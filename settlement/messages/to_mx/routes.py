"""Which MT goes to which MX, and the door to the translation."""

import datetime as dt
from collections.abc import Callable
from typing import Protocol

from lxml import etree

from settlement.messages.fin.model import FinMessage
from settlement.messages.refusals import NoTranslation
from settlement.messages.to_mx import (
    mt9xx_camt05x,
    mt11x_camt10x,
    mt20x_pacs009,
    mt101_pain001,
    mt103_pacs008,
    mt104_pacs003,
    mt210_camt057,
    mt_pacs004,
    mtn9x_camt,
    mtn9x_charges,
    mtn99_pacs002,
)


class Translation(Protocol):
    """One mapping: message and the moment that stands in for an untimed message's creation."""

    def __call__(self, message: FinMessage, *, at: dt.datetime) -> etree._Element:
        """The envelope of the translated message."""
        ...


ROUTES: dict[str, Translation] = {
    "101": mt101_pain001.translate,
    "103": mt103_pacs008.translate,
    "104": mt104_pacs003.customer_debit,
    "107": mt104_pacs003.customer_debit,
    "110": mt11x_camt10x.advice,
    "111": mt11x_camt10x.stop_request,
    "112": mt11x_camt10x.stop_report,
    "200": mt20x_pacs009.translate,
    "201": mt20x_pacs009.translate,
    "202": mt20x_pacs009.translate,
    "203": mt20x_pacs009.translate,
    "204": mt104_pacs003.bank_debit,
    "205": mt20x_pacs009.translate,
    "210": mt210_camt057.translate,
    "900": mt9xx_camt05x.notification,
    "910": mt9xx_camt05x.notification,
    "920": mt9xx_camt05x.asked_report,
    "940": mt9xx_camt05x.statement,
    "941": mt9xx_camt05x.report,
    "942": mt9xx_camt05x.report,
    "950": mt9xx_camt05x.statement,
}
"""By the full number; the common group (n90 to n99) is found by its last two digits."""

COMMON_GROUP: dict[str, Translation] = {
    "90": mtn9x_charges.notification,
    "91": mtn9x_charges.request,
    "92": mtn9x_camt.cancellation,
    "96": mtn9x_camt.resolution,
    "99": mtn99_pacs002.translate,
}
RETURNABLE = frozenset({"103", "202", "205"})


def route(message: FinMessage) -> Translation | None:
    """The mapping for this message, None where there is none."""
    if message.mt in RETURNABLE and mt_pacs004.returned(message):
        return mt_pacs004.translate
    return ROUTES.get(message.mt) or COMMON_GROUP.get(message.mt[1:])


def translate(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """The ISO 20022 envelope of a FIN message.

    Args:
        at: aware moment; creation time of an input message, which FIN does not time.

    Raises:
        NoTranslation: this message type has no mapping.
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    found: Callable[..., etree._Element] | None = route(message)
    if found is None:
        raise NoTranslation(kind=f"MT{message.mt}", target="MX")
    return found(message, at=at)
