"""Numbers of the rules in the published sheets, by year and message.

A rule is known by its name and, where it recurs, by the place it applies to. Where no number
is on hand, the name itself is the rule's id.
"""

_XAU = "CBPR_Interbank_Settlement_Currency_FormalRule"
_DEF = "CBPR_Message_Definition_Identifier_TextualRule"
_BMI = "CBPR_Business_Message_Identifier_TextualRule"
_SVC = "CBPR_Business_Service_Usage_TextualRule"
_INSTR = "CBPR_Instruction_Identification_FormalRule"
_ORGNL = "CBPR_Original_Instruction_Identification_FormalRule"
_COPY = "CBPR_Duplication_Postal_Address_TextualRule"
_AGENT = "CBPR_Agent_Name_Postal_Address_FormalRule"
_FROM_TO = "CBPR_From_To_Instructing_Instructed_Agent_BIC_1_FormalRule"
_TO = "CBPR_To_Instructed_Agent_BIC_1_FormalRule"
_FROM = "CBPR_From_Instructing_Agent_BIC_FormalRule"
_EXACT = "CBPR_BusinessMessageIdentifier_FormalRule"
_PARTY = "CBPR_Party_Name_Postal_Address_FormalRule"
_ANY_BIC = "CBPR_Party_Name_Any_BIC_FormalRule"
_BIC_ALONE = "CBPR_Party_BIC_Presence_TextualRule"
_REMITTANCE = "CBPR_Remittance_Mutually_Exclusive_FormalRule"
_RELATED = "CBPR_Related_Remit_Info_Remit_Info_Mutually_Exclusive_FormalRule"
_CRED = "CBPR_CRED_FormalRule"
_DEBT = "CBPR_DEBT_FormalRule"
_DIFFER = "CBPR_DEBT_Rule_1_TextualRule"
_HOLD = "CBPR_Instruction_for_Creditor_Agent1_FormalRule"
_TELB = "CBPR_Instruction_for_Creditor_Agent2_FormalRule"
_ONCE = "CBPR_Instruction_For_Creditor_Presence_Code_FormalRule"
_PRIORITY = "CBPR_Priority_Instruction_Priority_FormalRule"
_COPY_IND = "CBPR_Copy_Duplicate_FormalRule"
_PAGE = "CBPR_PageNumber_FormalRule"
_REASON = "CBPR_Transaction_Status_Reject_Reason_FormalRule"
_DATE = "CBPR_Transaction_Status_Reject_Effective_Sett_Date_FormalRule"
_INTEREST = "CBPR_Interest_TextualRule"
_E2E = "CBPR_End_To_End_Identification_FormalRule"
_LONG = "CBPR_RemittanceInformation_TextualRule"

NUMBERS: dict[tuple[int, str], dict[str, str]] = {
    (2025, "pacs.008"): {
        _PRIORITY: "R1",
        _FROM_TO: "R2",
        _BMI: "R5",
        _DEF: "R6",
        _SVC: "R8",
        _HOLD: "R13",
        _TELB: "R14",
        _COPY: "R23",
        _RELATED: "R33",
        _REMITTANCE: "R34",
        _CRED: "R35",
        _ONCE: "R36",
        _DEBT: "R37",
        _INSTR: "R38",
        _XAU: "R41",
        _DIFFER: "R42",
        f"{_AGENT}@ChrgsInf/Agt": "R12",
        f"{_AGENT}@PrvsInstgAgt1": "R49",
        f"{_AGENT}@PrvsInstgAgt2": "R53",
        f"{_AGENT}@PrvsInstgAgt3": "R57",
        f"{_AGENT}@IntrmyAgt1": "R61",
        f"{_AGENT}@IntrmyAgt2": "R65",
        f"{_AGENT}@IntrmyAgt3": "R69",
        f"{_AGENT}@DbtrAgt": "R87",
        f"{_AGENT}@CdtrAgt": "R91",
        f"{_PARTY}@UltmtDbtr": "R76",
        f"{_PARTY}@InitgPty": "R77",
        f"{_PARTY}@Dbtr": "R82",
        f"{_PARTY}@Cdtr": "R99",
        f"{_PARTY}@UltmtCdtr": "R106",
        f"{_ANY_BIC}@Dbtr": "R81",
        f"{_ANY_BIC}@Cdtr": "R95",
        f"{_BIC_ALONE}@Dbtr": "R83",
        f"{_BIC_ALONE}@Cdtr": "R100",
    },
    (2026, "pacs.008"): {
        _EXACT: "R1",
        _TO: "R2",
        _PRIORITY: "R4",
        _FROM: "R5",
        _DEF: "R8",
        _TELB: "R10",
        _HOLD: "R11",
        _COPY: "R20",
        _DEBT: "R23",
        _REMITTANCE: "R24",
        _ONCE: "R25",
        _CRED: "R26",
        _RELATED: "R27",
        _INSTR: "R28",
        _DIFFER: "R30",
        _XAU: "R31",
        f"{_AGENT}@ChrgsInf/Agt": "R12",
        f"{_AGENT}@PrvsInstgAgt1": "R35",
        f"{_AGENT}@PrvsInstgAgt2": "R36",
        f"{_AGENT}@PrvsInstgAgt3": "R37",
        f"{_AGENT}@IntrmyAgt1": "R38",
        f"{_AGENT}@IntrmyAgt2": "R39",
        f"{_AGENT}@IntrmyAgt3": "R40",
        f"{_AGENT}@DbtrAgt": "R52",
        f"{_AGENT}@CdtrAgt": "R53",
        f"{_PARTY}@UltmtDbtr": "R44",
        f"{_PARTY}@InitgPty": "R45",
        f"{_PARTY}@Dbtr": "R48",
        f"{_PARTY}@Cdtr": "R56",
        f"{_PARTY}@UltmtCdtr": "R60",
        f"{_ANY_BIC}@Dbtr": "R50",
        f"{_ANY_BIC}@Cdtr": "R55",
        f"{_BIC_ALONE}@Dbtr": "R47",
        f"{_BIC_ALONE}@Cdtr": "R54",
        "CBPR_GPI_ServiceLevel_Code_FormalRule": "R13",
        _LONG: "R63",
    },
    (2025, "pacs.009"): {_XAU: "R20"},
    (2026, "pacs.009"): {_XAU: "R16"},
    (2025, "pacs.009_cov"): {
        _PRIORITY: "R1",
        _FROM_TO: "R2",
        _BMI: "R5",
        _DEF: "R6",
        _SVC: "R8",
        _REMITTANCE: "R12",
        _ONCE: "R13",
        _INSTR: "R14",
        _E2E: "R16",
        _XAU: "R20",
        _COPY: "R28",
        _LONG: "R125",
    },
    (2026, "pacs.009_cov"): {
        _EXACT: "R1",
        _PRIORITY: "R2",
        _TO: "R3",
        _FROM: "R5",
        _DEF: "R8",
        _REMITTANCE: "R10",
        _ONCE: "R12",
        _INSTR: "R13",
        _E2E: "R15",
        _XAU: "R17",
        _COPY: "R23",
    },
    (2025, "pacs.004"): {
        _FROM_TO: "R1",
        _BMI: "R4",
        _DEF: "R5",
        _SVC: "R6",
        _CRED: "R11",
        _ORGNL: "R18",
        f"{_XAU}@OrgnlIntrBkSttlmAmt": "R23",
        f"{_XAU}@OrgnlTxRef/IntrBkSttlmAmt": "R111",
        "CBPR_Returned_Interbank_Settlement_Currency_FormalRule": "R24",
        _COPY: "R35",
        "CBPR_Returned_Instructed_Rule_1_TextualRule": "R25",
        "CBPR_Interbank_Settlement_Amount_FormalRule": "R12",
        "CBPR_Original_Message_Name_Identification_FormalRule": "R16",
        "CBPR_Partial_Return_TextualRule": "R103",
    },
    (2026, "pacs.004"): {f"{_XAU}@OrgnlTxRef/IntrBkSttlmAmt": "R65"},
    (2025, "pacs.002"): {
        _FROM_TO: "R1",
        _BMI: "R4",
        _DEF: "R5",
        _SVC: "R7",
        _DATE: "R11",
        _REASON: "R12",
        _ORGNL: "R15",
        f"{_ANY_BIC}@StsRsnInf/Orgtr": "R19",
        f"{_PARTY}@StsRsnInf/Orgtr": "R20",
        _COPY: "R24",
    },
    (2026, "pacs.002"): {
        _TO: "R1",
        _EXACT: "R3",
        _FROM: "R4",
        _DEF: "R7",
        _REASON: "R9",
        _DATE: "R10",
        _ORGNL: "R14",
        f"{_ANY_BIC}@StsRsnInf/Orgtr": "R20",
        f"{_PARTY}@StsRsnInf/Orgtr": "R19",
        _COPY: "R21",
        "CBPR_OriginalMessageNameIdentification_FormalRule": "R12",
    },
    (2025, "camt.052"): {
        _COPY_IND: "R1",
        _BMI: "R3",
        _DEF: "R4",
        _SVC: "R6",
        f"{_PARTY}@Acct/Ownr": "R12",
        _INTEREST: "R16",
        _ORGNL: "R17",
    },
    (2026, "camt.052"): {
        _COPY_IND: "R1",
        _EXACT: "R2",
        _DEF: "R5",
        _PAGE: "R7",
        f"{_PARTY}@Acct/Ownr": "R9",
        _INTEREST: "R12",
        _ORGNL: "R13",
    },
    (2025, "camt.054"): {_COPY_IND: "R1", _BMI: "R3", _DEF: "R4", _SVC: "R6", _ORGNL: "R20"},
    (2026, "camt.054"): {
        _COPY_IND: "R1",
        _EXACT: "R2",
        _DEF: "R5",
        _PAGE: "R8",
        _ORGNL: "R13",
        "CBPR_BookingDate_ValueDate_FormalRule": "R10",
    },
}


def rule_id(year: int, profile: str, name: str, place: str) -> str:
    """The id of a rule: "pacs.008-R41", or the message and the rule's name."""
    table = NUMBERS.get((year, profile), {})
    number = table.get(f"{name}@{place}") or table.get(name)
    return f"{profile}-{number or name}"
