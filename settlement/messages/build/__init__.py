"""Outgoing messages out of facts, in both standards; XML is valid against its schema or refused."""

from settlement.messages.build.accounts import camt053, camt054
from settlement.messages.build.custody import semt002
from settlement.messages.build.fin_accounts import mt900, mt940
from settlement.messages.build.fin_custody import mt535
from settlement.messages.build.fin_payments import mt103, mt202
from settlement.messages.build.fin_securities import mt54x, mt544_to_547, mt548
from settlement.messages.build.payments import pacs002, pacs008, pacs009
from settlement.messages.build.securities import sese023, sese024, sese025

__all__ = [
    "camt053",
    "camt054",
    "mt54x",
    "mt103",
    "mt202",
    "mt535",
    "mt544_to_547",
    "mt548",
    "mt900",
    "mt940",
    "pacs002",
    "pacs008",
    "pacs009",
    "semt002",
    "sese023",
    "sese024",
    "sese025",
]
