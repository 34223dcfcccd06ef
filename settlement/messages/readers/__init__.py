"""Incoming messages into facts, whichever standard they came in."""

from settlement.messages.readers.mt_payments import mt103, mt202
from settlement.messages.readers.mt_securities import mt540_to_543
from settlement.messages.readers.mx_payments import pacs008, pacs009
from settlement.messages.readers.mx_securities import sese023

__all__ = ["mt103", "mt202", "mt540_to_543", "pacs008", "pacs009", "sese023"]
