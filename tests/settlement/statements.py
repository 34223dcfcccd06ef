"""Bank statements that the tests make, in the forms that banks send."""

from datetime import date
from decimal import Decimal

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>M{number}</MsgId><CreDtTm>2026-01-05T18:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>S{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>2026-01-05T18:00:00Z</CreDtTm>
<Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>{currency}</Ccy></Acct>
{opening}{closing}
{entries}</Stmt></BkToCstmrStmt></Document>"""
BALANCE = (
    "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{amount}</Amt>"
    "<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
)
ENTRY = (
    "<Ntry><Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>"
    "<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
    "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>OTHR</SubFmlyCd></Fmly></Domn>"
    "</BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs></TxDtls>"
    "</NtryDtls></Ntry>"
)


def side(amount: Decimal) -> str:
    return "DBIT" if amount < 0 else "CRDT"


def camt053(lines, *, day: date, opening="0.00", number=1, account="NOSTRO1", currency="CZK"):
    """lines: (amount, reference) of one day."""
    opening = Decimal(opening)
    closing = opening + sum(Decimal(amount) for amount, _reference in lines)

    def balance(code, amount):
        return BALANCE.format(
            code=code, currency=currency, amount=abs(amount), side=side(amount), day=day
        )

    entries = "".join(
        ENTRY.format(
            currency=currency,
            amount=abs(Decimal(amount)),
            side=side(Decimal(amount)),
            day=day,
            reference=reference or "NOTPROVIDED",
        )
        for amount, reference in lines
    )
    return CAMT.format(
        number=number,
        account=account,
        currency=currency,
        opening=balance("OPBD", opening),
        closing=balance("CLBD", closing),
        entries=entries,
    ).encode()


def mt940(lines, *, day: date, opening="0.00", number=1, account="NOSTRO1", currency="CZK"):
    """The same as an MT940."""
    opening = Decimal(opening)
    closing = opening + sum(Decimal(amount) for amount, _reference in lines)

    def balance(amount):
        mark = "D" if amount < 0 else "C"
        return f"{mark}{day:%y%m%d}{currency}{abs(amount):.2f}".replace(".", ",")

    rows = [":20:STATEMENT", f":25:{account}", f":28C:{number}/1", f":60F:{balance(opening)}"]
    for amount, reference in lines:
        mark = "D" if Decimal(amount) < 0 else "C"
        shown = f"{abs(Decimal(amount)):.2f}".replace(".", ",")
        rows.append(f":61:{day:%y%m%d}{day:%m%d}{mark}{shown}NTRF{reference or 'NONREF'}")
    rows += [f":62F:{balance(closing)}", "-"]
    return "\r\n".join(rows).encode()


def mt535(holdings, *, day: date, account="CUST1", page="1/ONLY"):
    """holdings: (isin, quantity)."""
    rows = [
        "{1:F01CUSTTHBKAXXX0000000000}{2:I535HOUSTHBKXXXXN}{4:",
        ":16R:GENL",
        f":28E:{page}",
        ":20C::SEME//HOLDINGS1",
        ":23G:NEWM",
        f":98A::STAT//{day:%Y%m%d}",
        f":97A::SAFE//{account}",
        ":17B::ACTI//Y",
        ":16S:GENL",
    ]
    for isin, quantity in holdings:
        rows += [":16R:FIN", f":35B:ISIN {isin}", f":93B::AGGR//UNIT/{quantity},", ":16S:FIN"]
    return "\r\n".join([*rows, "-}"]).encode()
