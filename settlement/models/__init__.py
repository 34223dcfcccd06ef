"""Settlement's tables, a file per aggregate."""

from settlement.models.capture import ImportFile, Transaction
from settlement.models.clearing import ClearedTransaction, HeldTransaction, Obligation
from settlement.models.instructions import Instruction, InstructionStatus
from settlement.models.participants import Participant
from settlement.models.ritual import StepRun

__all__ = [
    "ClearedTransaction",
    "HeldTransaction",
    "ImportFile",
    "Instruction",
    "InstructionStatus",
    "Obligation",
    "Participant",
    "StepRun",
    "Transaction",
]
