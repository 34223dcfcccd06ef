"""Settlement's tables, a file per aggregate."""

from settlement.models.buy_ins import BoughtInLeg, BuyInExecution
from settlement.models.capture import ImportFile, Transaction
from settlement.models.charges import (
    Fee,
    FeeTariff,
    MarginCall,
    MarginRate,
    OpenCharge,
)
from settlement.models.clearing import ClearedTransaction, HeldTransaction, Obligation
from settlement.models.cut_offs import CutOff
from settlement.models.fails import (
    BuyIn,
    CorporateAction,
    MarketClaim,
    Penalty,
    PenaltyNet,
    PenaltyRate,
    PenaltyRegime,
    ReferencePrice,
    UnpricedFail,
)
from settlement.models.finality import FailedLeg, Settlement, UnsettledTrade
from settlement.models.instructions import Instruction, InstructionStatus
from settlement.models.instruments import Instrument
from settlement.models.legs import Leg
from settlement.models.matching import MatchingTolerance, TradeMatch, UnmatchedTrade
from settlement.models.messages import IncomingStatus, MessagePreference, OutgoingMessage
from settlement.models.participants import Participant
from settlement.models.positions import Movement, PositionSheet, SettlementRun
from settlement.models.reconciliation import (
    BankStatement,
    Break,
    HouseLine,
    MatchedLine,
    ReconciledAccount,
    ReconciliationMatch,
    StatementLine,
)
from settlement.models.redating import Redating
from settlement.models.ritual import StepRun
from settlement.models.standing import ParticipantIdentifier, StandingInstruction
from settlement.models.terms import (
    AccountLimit,
    MarketRule,
    PaymentRelease,
    Pledge,
    ReleaseLimit,
)
from settlement.models.trades import (
    EarlyMessage,
    HeldTrade,
    Trade,
    TradeEnrichment,
    TradeStatus,
    WithdrawnTrade,
)
from settlement.models.windows import (
    Window,
    WindowClosing,
    WindowNet,
    WindowNetting,
    WindowPointer,
)

__all__ = [
    "AccountLimit",
    "BankStatement",
    "BoughtInLeg",
    "Break",
    "BuyIn",
    "BuyInExecution",
    "ClearedTransaction",
    "CorporateAction",
    "CutOff",
    "EarlyMessage",
    "FailedLeg",
    "Fee",
    "FeeTariff",
    "HeldTrade",
    "HeldTransaction",
    "HouseLine",
    "ImportFile",
    "IncomingStatus",
    "Instruction",
    "InstructionStatus",
    "Instrument",
    "Leg",
    "MarginCall",
    "MarginRate",
    "MarketClaim",
    "MarketRule",
    "MatchedLine",
    "MatchingTolerance",
    "MessagePreference",
    "Movement",
    "Obligation",
    "OpenCharge",
    "OutgoingMessage",
    "Participant",
    "ParticipantIdentifier",
    "PaymentRelease",
    "Penalty",
    "PenaltyNet",
    "PenaltyRate",
    "PenaltyRegime",
    "Pledge",
    "PositionSheet",
    "ReconciledAccount",
    "ReconciliationMatch",
    "Redating",
    "ReferencePrice",
    "ReleaseLimit",
    "Settlement",
    "SettlementRun",
    "StandingInstruction",
    "StatementLine",
    "StepRun",
    "Trade",
    "TradeEnrichment",
    "TradeMatch",
    "TradeStatus",
    "Transaction",
    "UnmatchedTrade",
    "UnpricedFail",
    "UnsettledTrade",
    "Window",
    "WindowClosing",
    "WindowNet",
    "WindowNetting",
    "WindowPointer",
    "WithdrawnTrade",
]
