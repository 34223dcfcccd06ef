"""The code lists of the NACHA Operating Rules that a file is checked against.

Sources: NACHA Operating Rules, Appendices Two (SEC codes), Three (transaction and service class
codes), Four (return reason codes) and Five (change codes).
"""

from functools import cache

from settlement.formats.ach import layouts
from settlement.formats.ach.layouts import Layout

MIXED, CREDITS_ONLY, DEBITS_ONLY, ADVICES = 200, 220, 225, 280
SERVICE_CLASSES = frozenset({MIXED, CREDITS_ONLY, DEBITS_ONLY, ADVICES})
ORIGINATOR_STATUSES = frozenset({0, 1, 2})

ENTRY_LAYOUTS: dict[str, Layout] = {
    "ACK": layouts.ENTRY,
    "ADV": layouts.ADV_ENTRY,
    "ARC": layouts.CHECK_ENTRY,
    "ATX": layouts.CORPORATE_ENTRY,
    "BOC": layouts.CHECK_ENTRY,
    "CCD": layouts.ENTRY,
    "CIE": layouts.NAME_FIRST_ENTRY,
    "COR": layouts.ENTRY,
    "CTX": layouts.CORPORATE_ENTRY,
    "DNE": layouts.ENTRY,
    "ENR": layouts.ENTRY,
    "IAT": layouts.IAT_ENTRY,
    "MTE": layouts.NAME_FIRST_ENTRY,
    "POP": layouts.POP_ENTRY,
    "POS": layouts.ENTRY,
    "PPD": layouts.ENTRY,
    "RCK": layouts.CHECK_ENTRY,
    "SHR": layouts.SHARED_NETWORK_ENTRY,
    "TEL": layouts.ENTRY,
    "TRC": layouts.TRUNCATED_CHECK_ENTRY,
    "TRX": layouts.CORPORATE_ENTRY,
    "WEB": layouts.ENTRY,
    "XCK": layouts.TRUNCATED_CHECK_ENTRY,
}
SEC_CODES = frozenset(ENTRY_LAYOUTS)

# The most addenda 05 that a forward entry of the class may carry; classes not named carry none.
PAYMENT_ADDENDA_LIMIT = {
    **dict.fromkeys(("ACK", "CCD", "CIE", "DNE", "PPD", "WEB"), 1),
    **dict.fromkeys(("ATX", "CTX", "ENR", "TRX"), 9999),
}
TERMINAL_CLASSES = frozenset({"MTE", "POS", "SHR"})
DEBIT_CLASSES = frozenset({"ARC", "BOC", "POP", "RCK", "TRC", "TRX", "XCK"})
CREDIT_CLASSES = frozenset({"CIE"})
ZERO_DOLLAR_CLASSES = frozenset({"ACK", "ATX", "CCD", "CTX", "IAT", "COR"})
ACKNOWLEDGMENT_CLASSES = frozenset({"ACK", "ATX"})
# Ceilings of converted checks, in US cents: ARC, BOC and POP 25,000; RCK below 2,500.
AMOUNT_CEILING = {"ARC": 2_500_000, "BOC": 2_500_000, "POP": 2_500_000, "RCK": 249_999}

_LAST_DIGITS = {2: "12346789", 3: "12346789", 4: "12346789", 5: "123456"}
TRANSACTION_CODES = frozenset(
    account * 10 + int(digit) for account, digits in _LAST_DIGITS.items() for digit in digits
)
ADVICE_CODES = frozenset(range(81, 89))
RETURN_CODES_OF_ENTRY = frozenset({21, 26, 31, 36, 41, 46, 51, 56})
PRENOTE_CODES = frozenset({23, 28, 33, 38, 43, 48, 53})
ZERO_DOLLAR_CODES = frozenset({24, 29, 34, 39, 44, 49, 54})
DEATH_NOTICE_CODES = frozenset({21, 23, 31, 33})


@cache
def is_debit(transaction_code: int) -> bool:
    """True when the receiver's account is debited (or that debit is returned)."""
    if transaction_code in ADVICE_CODES:
        return transaction_code % 2 == 0
    return transaction_code % 10 >= (5 if transaction_code // 10 == 5 else 6)


def _numbered(letter: str, *spans: tuple[int, int]) -> frozenset[str]:
    return frozenset(f"{letter}{n:02d}" for low, high in spans for n in range(low, high + 1))


RETURN_CODES = _numbered("R", (1, 47), (50, 53), (61, 62), (67, 77), (80, 85))
DISHONORED_CODES = _numbered("R", (61, 62), (67, 70), (77, 77))
CONTESTED_CODES = _numbered("R", (71, 76))
REFUSED_CHANGE_CODES = _numbered("C", (61, 69))
CHANGE_CODES = _numbered("C", (1, 14)) | REFUSED_CHANGE_CODES

TRANSACTION_TYPES = frozenset(
    {
        *("ANN", "BUS", "DEP", "LOA", "MIS", "MOR", "PEN", "REM", "RLS", "SAL", "TAX"),
        *("ARC", "BOC", "IAT", "MTE", "POP", "POS", "RCK", "SHR", "TEL", "WEB"),
    }
)
BANK_ID_QUALIFIERS = frozenset({"01", "02", "03"})
FOREIGN_EXCHANGE_INDICATORS = frozenset({"FV", "VF", "FF"})
FOREIGN_EXCHANGE_REFERENCES = frozenset({"1", "2", "3"})

ADDENDA_LAYOUTS: dict[str, Layout] = {
    "02": layouts.ADDENDA_02,
    "05": layouts.ADDENDA_05,
    "10": layouts.ADDENDA_10,
    "11": layouts.ADDENDA_11,
    "12": layouts.ADDENDA_12,
    "13": layouts.ADDENDA_13,
    "14": layouts.ADDENDA_14,
    "15": layouts.ADDENDA_15,
    "16": layouts.ADDENDA_16,
    "17": layouts.ADDENDA_17,
    "18": layouts.ADDENDA_18,
    "98": layouts.ADDENDA_98,
    "99": layouts.ADDENDA_99,
}
IAT_MANDATORY = ("10", "11", "12", "13", "14", "15", "16")
IAT_LIMITS = {"17": 2, "18": 5}


def addenda_layout(type_code: str, reason: str) -> Layout | None:
    """The layout of an addenda record by its type and, for 98 and 99, its reason code."""
    if type_code == "98" and reason in REFUSED_CHANGE_CODES:
        return layouts.ADDENDA_98_REFUSED
    if type_code == "99" and reason in DISHONORED_CODES:
        return layouts.ADDENDA_99_DISHONORED
    if type_code == "99" and reason in CONTESTED_CODES:
        return layouts.ADDENDA_99_CONTESTED
    return ADDENDA_LAYOUTS.get(type_code)
