"""All seed calendars by code."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache, partial
from typing import Final

from backoffice.reference.seed_calendars import (
    anglo_american,
    chinese,
    europe,
    japan,
    southern,
    thailand,
)
from backoffice.reference.seed_calendars.rules import Rule, days_of
from backoffice.reference.seed_calendars.seed import Seed

LAST: Final = 2027


def _ruled(
    code: str, rules: Sequence[Rule], first: int, names: tuple[str, str, str], last: int = LAST
) -> Seed:
    name_en, name_th, time_zone = names
    since, until = date(first, 1, 1), date(last, 12, 31)
    return Seed(
        code=code,
        name_en=name_en,
        name_th=name_th,
        time_zone=time_zone,
        covers_from=since,
        covers_until=until,
        days=days_of(rules, since, until),
        notice_text=(
            f"{name_en}: statutory rules and gazetted days, {first} to {last}; confirm coming years"
            " by the market's yearly notice."
        ),
    )


# code, rules, first year, (names, time zone), last year where it is not LAST
_RULED: Final = (
    ("XNYS", anglo_american.XNYS, 2002,
     ("New York Stock Exchange", "ตลาดหลักทรัพย์นิวยอร์ก", "America/New_York")),
    ("USNY", anglo_american.USNY, 1996, ("New York banks", "ธนาคารนิวยอร์ก", "America/New_York")),
    ("USGS", anglo_american.USGS, 1996,
     ("US government securities", "ตราสารหนี้รัฐบาลสหรัฐ", "America/New_York")),
    ("CATO", anglo_american.CATO, 2008, ("Toronto", "โทรอนโต", "America/Toronto")),
    ("CAMO", anglo_american.CAMO, 2008, ("Montreal", "มอนทรีออล", "America/Toronto")),
    ("GBLO", anglo_american.GBLO, 1965, ("London banks", "ธนาคารลอนดอน", "Europe/London")),
    ("XLON", anglo_american.GBLO, 2002,
     ("London Stock Exchange", "ตลาดหลักทรัพย์ลอนดอน", "Europe/London")),
    ("EUTA", europe.EUTA, 1997, ("TARGET", "ระบบ TARGET ของยุโรป", "Europe/Berlin")),
    ("FRPA", europe.FRPA, 2003, ("Paris", "ปารีส", "Europe/Paris")),
    ("DEFR", europe.DEFR, 2008, ("Frankfurt", "แฟรงก์เฟิร์ต", "Europe/Berlin")),
    ("CHZU", europe.CHZU, 2008, ("Zurich", "ซูริก", "Europe/Zurich")),
    ("DKCO", europe.DKCO, 2009, ("Copenhagen", "โคเปนเฮเกน", "Europe/Copenhagen")),
    ("NOOS", europe.NOOS, 2009, ("Oslo", "ออสโล", "Europe/Oslo")),
    ("SEST", europe.SEST, 2009, ("Stockholm", "สตอกโฮล์ม", "Europe/Stockholm")),
    ("CZPR", europe.CZPR, 2008, ("Prague", "ปราก", "Europe/Prague")),
    ("HUBU", europe.HUBU, 2012, ("Budapest", "บูดาเปสต์", "Europe/Budapest"), 2020),
    ("PLWA", europe.PLWA, 2013, ("Warsaw", "วอร์ซอ", "Europe/Warsaw"), 2018),
    ("JPTO", japan.JPTO, 1999, ("Tokyo banks", "ธนาคารโตเกียว", "Asia/Tokyo")),
    ("XTKS", japan.XTKS, 1999,
     ("Tokyo Stock Exchange", "ตลาดหลักทรัพย์โตเกียว", "Asia/Tokyo")),
    ("XHKG", chinese.XHKG, 2010,
     ("Hong Kong Exchanges", "ตลาดหลักทรัพย์ฮ่องกง", "Asia/Hong_Kong")),
    ("XSES", chinese.XSES, 2010, ("Singapore Exchange", "ตลาดหลักทรัพย์สิงคโปร์", "Asia/Singapore")),
    ("AUSY", southern.AUSY, 2012, ("Sydney", "ซิดนีย์", "Australia/Sydney")),
    ("NZAU", southern.NZAU, 2012, ("Auckland", "โอ๊คแลนด์", "Pacific/Auckland")),
    ("NZWE", southern.NZWE, 2012, ("Wellington", "เวลลิงตัน", "Pacific/Auckland")),
    ("NZBD", southern.NZBD, 2012, ("New Zealand banks", "ธนาคารนิวซีแลนด์", "Pacific/Auckland")),
    ("ZAJO", southern.ZAJO, 2004, ("Johannesburg", "โจฮันเนสเบิร์ก", "Africa/Johannesburg")),
    ("BRBD", southern.BRBD, 2013, ("Brazil", "บราซิล", "America/Sao_Paulo")),
    ("MXMC", southern.MXMC, 2007, ("Mexico City", "เม็กซิโกซิตี", "America/Mexico_City")),
)  # fmt: skip

# Other systems' names for the same calendars.
ALIASES: Final = {"NYSE": "XNYS", "NYFD": "USNY", "TARGET": "EUTA"}

BUILDERS: Final[dict[str, Callable[[], Seed]]] = {"XBKK": thailand.seed} | {
    row[0]: partial(_ruled, *row) for row in _RULED
}


@cache
def get(code: str) -> Seed:
    """The seed calendar `code` or its alias; raises KeyError if there is none."""
    return BUILDERS[ALIASES.get(code, code)]()
