"""Published names of the rules, and runs of numbers that a sheet gives to one rule."""

XAU = "CBPR_Interbank_Settlement_Currency_FormalRule"
DEF = "CBPR_Message_Definition_Identifier_TextualRule"
BMI = "CBPR_Business_Message_Identifier_TextualRule"
SVC = "CBPR_Business_Service_Usage_TextualRule"
INSTR = "CBPR_Instruction_Identification_FormalRule"
ORGNL = "CBPR_Original_Instruction_Identification_FormalRule"
COPY = "CBPR_Duplication_Postal_Address_TextualRule"
AGENT = "CBPR_Agent_Name_Postal_Address_FormalRule"
FROM_TO = "CBPR_From_To_Instructing_Instructed_Agent_BIC_1_FormalRule"
TO = "CBPR_To_Instructed_Agent_BIC_1_FormalRule"
FROM = "CBPR_From_Instructing_Agent_BIC_FormalRule"
EXACT = "CBPR_BusinessMessageIdentifier_FormalRule"
PARTY = "CBPR_Party_Name_Postal_Address_FormalRule"
ANY_BIC = "CBPR_Party_Name_Any_BIC_FormalRule"
BIC_ALONE = "CBPR_Party_BIC_Presence_TextualRule"
REMITTANCE = "CBPR_Remittance_Mutually_Exclusive_FormalRule"
RELATED = "CBPR_Related_Remit_Info_Remit_Info_Mutually_Exclusive_FormalRule"
CRED = "CBPR_CRED_FormalRule"
DEBT = "CBPR_DEBT_FormalRule"
DIFFER = "CBPR_DEBT_Rule_1_TextualRule"
HOLD = "CBPR_Instruction_for_Creditor_Agent1_FormalRule"
TELB = "CBPR_Instruction_for_Creditor_Agent2_FormalRule"
ONCE = "CBPR_Instruction_For_Creditor_Presence_Code_FormalRule"
PRIORITY = "CBPR_Priority_Instruction_Priority_FormalRule"
COPY_IND = "CBPR_Copy_Duplicate_FormalRule"
PAGE = "CBPR_PageNumber_FormalRule"
REASON = "CBPR_Transaction_Status_Reject_Reason_FormalRule"
DATE = "CBPR_Transaction_Status_Reject_Effective_Sett_Date_FormalRule"
INTEREST = "CBPR_Interest_TextualRule"
E2E = "CBPR_End_To_End_Identification_FormalRule"
LONG = "CBPR_RemittanceInformation_TextualRule"
STRUCTURED = "CBPR_Structured_RemittanceInformation_TextualRule"
DEBTOR_BIC = "CBPR_Debtor_BIC_Presence_TextualRule"
CREDITOR_BIC = "CBPR_Creditor_BIC_Presence_TextualRule"
GPI = "CBPR_GPI_ServiceLevel_Code_FormalRule"
NOT_GIVEN = "CBPR_EndToEndIdentification_TextualRule"
RETURNED = "CBPR_Returned_Interbank_Settlement_Currency_FormalRule"
EXPLAINED = "CBPR_Returned_Instructed_Rule_1_TextualRule"
AMOUNT_ONCE = "CBPR_Interbank_Settlement_Amount_FormalRule"
DATE_ONCE = "CBPR_Interbank_Settlement_Date_FormalRule"
NAMED = "CBPR_Original_Message_Name_Identification_FormalRule"
GRACE = (
    "CBPR_GracePeriod_Structured_FormalRule",
    "CBPR_GracePeriod_Hybrid_FormalRule",
    "CBPR_GracePeriod_Unstructured_FormalRule",
)
SETTLING = ("InstgRmbrsmntAgt", "InstdRmbrsmntAgt", "ThrdRmbrsmntAgt")
CHAIN = (
    "PrvsInstgAgt1",
    "PrvsInstgAgt2",
    "PrvsInstgAgt3",
    "IntrmyAgt1",
    "IntrmyAgt2",
    "IntrmyAgt3",
)
BANKS = (*CHAIN, "Dbtr", "DbtrAgt", "CdtrAgt", "Cdtr")
COVERED = "UndrlygCstmrCdtTrf/"


def each(name: str, places: tuple[str, ...], *numbers: int, at: str = "") -> dict[str, str]:
    """One rule at several places: their numbers in the order of the places."""
    return {
        f"{name}@{at}{place}": f"R{number}" for place, number in zip(places, numbers, strict=True)
    }


def four(place: str, agent: int, *grace: int) -> dict[str, str]:
    """The rule of an agent's name and the three of its address."""
    told = dict(zip(GRACE, grace, strict=True))
    return {f"{name}@{place}": f"R{number}" for name, number in {AGENT: agent, **told}.items()}


def blocks(first: int, *places: str) -> dict[str, str]:
    """Agents whose four rules follow each other in the sheet."""
    found: dict[str, str] = {}
    for number, place in enumerate(places):
        start = first + 4 * number
        found |= four(place, start, start + 1, start + 2, start + 3)
    return found


def address(place: str, *grace: int) -> dict[str, str]:
    """The three rules of an address alone."""
    return {f"{name}@{place}": f"R{number}" for name, number in zip(GRACE, grace, strict=True)}
