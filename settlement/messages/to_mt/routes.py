"""Which MX goes to which MT, and the door to the translation."""

from collections.abc import Callable

from settlement.messages.fin.model import FinMessage
from settlement.messages.refusals import NoTranslation
from settlement.messages.to_mt import (
    camt_charges,
    camt_investigations,
    camt_statements,
    debits_and_orders,
    pacs008_mt103,
    pacs009_mt202,
    pacs_returns,
    pain008_mt104,
)
from settlement.messages.to_mt.drafting import place
from settlement.messages.to_mt.limits import require_one
from settlement.messages.xml_door import Document

Translation = Callable[[Document], FinMessage]

ROUTES: dict[str, Translation] = {
    "FIToFICstmrCdtTrf": pacs008_mt103.translate,
    "FICdtTrf": pacs009_mt202.translate,
    "PmtRtr": pacs_returns.payment_return,
    "FIToFIPmtStsRpt": pacs_returns.status,
    "FIToFICstmrDrctDbt": debits_and_orders.customer_debits,
    "FIDrctDbt": debits_and_orders.bank_debits,
    "CstmrCdtTrfInitn": debits_and_orders.payment_orders,
    "CstmrDrctDbtInitn": pain008_mt104.translate,
    "RsltnOfInvstgtn": camt_investigations.resolution,
    "FIToFIPmtCxlReq": camt_investigations.cancellation,
    "NtfctnToRcv": camt_investigations.notice,
    "NtfctnToRcvCxlAdvc": camt_investigations.notice_cancellation,
    "BkToCstmrAcctRpt": camt_statements.report,
    "BkToCstmrStmt": camt_statements.statement,
    "BkToCstmrDbtCdtNtfctn": camt_statements.notification,
    "AcctRptgReq": camt_statements.asked_report,
    "ChrgsPmtNtfctn": camt_charges.notification,
    "ChrgsPmtReq": camt_charges.request,
    "ChqPresntmntNtfctn": camt_charges.cheque_advice,
    "ChqCxlOrStopReq": camt_charges.stop_request,
    "ChqCxlOrStopRpt": camt_charges.stop_report,
}
"""By the name of the message element: every version of a message is read the same way."""


def translate(document: Document) -> FinMessage:
    """The FIN message of an ISO 20022 document.

    Raises:
        NoTranslation: this message has no mapping.
        MissingElement, BrokenElement: something mandatory is absent, cannot be read, or stands
            more often than one FIN message tells it.
    """
    name = str(document.body.tag).rpartition("}")[2]
    found = ROUTES.get(name)
    if found is None:
        kind = document.definition or name
        raise NoTranslation(place(document.body, name), kind=kind, target="MT")
    require_one(document)
    return found(document)
