"""Settlement's tables, a file per aggregate."""

from settlement.models.capture import ImportFile, Transaction
from settlement.models.clearing import ClearedTransaction, HeldTransaction, Obligation
from settlement.models.instructions import Instruction, InstructionStatus
from settlement.models.instruments import Instrument
from settlement.models.legs import Leg
from settlement.models.matching import MatchingTolerance, TradeMatch, UnmatchedTrade
from settlement.models.participants import Participant
from settlement.models.ritual import StepRun
from settlement.models.standing import ParticipantIdentifier, StandingInstruction
from settlement.models.trades import (
    EarlyMessage,
    HeldTrade,
    Trade,
    TradeEnrichment,
    TradeStatus,
    WithdrawnTrade,
)

__all__ = [
    "ClearedTransaction",
    "EarlyMessage",
    "HeldTrade",
    "HeldTransaction",
    "ImportFile",
    "Instruction",
    "InstructionStatus",
    "Instrument",
    "Leg",
    "MatchingTolerance",
    "Obligation",
    "Participant",
    "ParticipantIdentifier",
    "StandingInstruction",
    "StepRun",
    "Trade",
    "TradeEnrichment",
    "TradeMatch",
    "TradeStatus",
    "Transaction",
    "UnmatchedTrade",
    "WithdrawnTrade",
]
