"""XBKK: holidays of the Stock Exchange of Thailand and of Thai financial institutions.

The two coincide: the SEC sets the securities firms' holidays in line with those that the Bank of
Thailand (BOT) prescribes under section 37 of the Financial Institution Businesses Act B.E. 2551.
Yearly holidays follow from rules; every day that deviates stands in NOTICES with its notice.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from backoffice.reference.seed_calendars.seed import Seed, SeedDay

FIRST, LAST = date(2010, 1, 1), date(2027, 12, 31)

# month, day, first year, last year, English, Thai
FIXED: Final = (
    (1, 1, 2010, 2027, "New Year's Day", "วันขึ้นปีใหม่"),
    (4, 6, 2010, 2027, "Chakri Memorial Day", "วันจักรี"),
    (5, 1, 2010, 2027, "National Labour Day", "วันแรงงานแห่งชาติ"),
    (5, 5, 2010, 2016, "Coronation Day", "วันฉัตรมงคล"),
    (5, 4, 2020, 2027, "Coronation Day", "วันฉัตรมงคล"),
    (6, 3, 2019, 2027, "Queen Suthida's Birthday", "วันเฉลิมพระชนมพรรษาสมเด็จพระราชินี"),
    (7, 28, 2017, 2027, "King Vajiralongkorn's Birthday", "วันเฉลิมพระชนมพรรษารัชกาลที่ 10"),
    (8, 12, 2010, 2027, "Queen Sirikit's Birthday, Mother's Day", "วันแม่แห่งชาติ"),
    (10, 13, 2017, 2027, "King Bhumibol Memorial Day", "วันนวมินทรมหาราช"),
    (10, 23, 2010, 2027, "Chulalongkorn Day", "วันปิยมหาราช"),
    (12, 5, 2010, 2027, "King Bhumibol's Birthday, Father's Day", "วันพ่อแห่งชาติ"),
    (12, 10, 2010, 2027, "Constitution Day", "วันรัฐธรรมนูญ"),
    (12, 31, 2009, 2027, "New Year's Eve", "วันสิ้นปี"),
)

# The full moons of the third, sixth and eighth month of the Thai lunar calendar.
MAKHA: Final = """2010-02-28 2011-02-18 2012-03-07 2013-02-25 2014-02-14 2015-03-04 2016-02-22
2017-02-11 2018-03-01 2019-02-19 2020-02-08 2021-02-26 2022-02-16 2023-03-06 2024-02-24 2025-02-12
2026-03-03 2027-02-21"""
VISAKHA: Final = """2010-05-28 2011-05-17 2012-06-04 2013-05-24 2014-05-13 2015-06-01 2016-05-20
2017-05-10 2018-05-29 2019-05-18 2020-05-06 2021-05-26 2022-05-15 2023-06-03 2024-05-22 2025-05-11
2026-05-31 2027-05-20"""
ASALHA: Final = """2010-07-26 2011-07-15 2012-08-02 2013-07-22 2014-07-11 2015-07-30 2016-07-19
2017-07-08 2018-07-27 2019-07-16 2020-07-05 2021-07-24 2022-07-13 2023-08-01 2024-07-20 2025-07-10
2026-07-29 2027-07-18"""

SONGKRAN: Final = ("Songkran", "วันสงกรานต์")
SPECIAL: Final = ("Special holiday", "วันหยุดพิเศษ")
NEW_YEARS_EVE: Final = ("New Year's Eve (substitution)", "ชดเชยวันสิ้นปี")

_BOT_2012 = "BOT list of holidays of financial institutions B.E. 2555: special holiday"
_BOT_2017 = (
    "BOT list of holidays of financial institutions B.E. 2560: 2 Jan 2017 stands for 31 Dec and"
    " 1 Jan, 3 Jan 2017 is a special holiday (ryt9.com/s/botn/2635911)"
)
_BOT_2018 = (
    "Cabinet: 2 Jan 2018 stands for Sunday 31 Dec 2017 (news.bectero.com/news/113676); BOT list"
    " B.E. 2561, Royal Gazette 14 Nov 2017"
)
_SEC_2023 = (
    "SEC Thailand 22 Jul 2022, list B.E. 2566: 2 Jan 2023 stands for both Saturday 31 Dec and"
    " Sunday 1 Jan, so that 3 Jan 2023 is a business day (newswit.com, SEC holidays 2566)"
)
_SEC_2021 = (
    "Cabinet 29 Dec 2020; SEC Thailand, special holidays and move of the substitution for"
    " Chulalongkorn Day from 25 to 22 Oct 2021 (kaohoon.com/content/413752)"
)
_BOT_2023 = (
    "BOT Press Release 49/2023, 2 Nov 2023: substitution for New Year's Eve moved from 2 Jan 2024"
    " to 29 Dec 2023; 30 Dec 2024 stays a business day"
    " (bot.or.th/en/news-and-media/news/news-20231102.html)"
)
_SEC_2025 = (
    "Cabinet 12 Nov 2024; SEC Thailand, special holidays 2 Jun and 11 Aug 2025 and 2 Jan 2026"
    " (infoquest.co.th/2024/450500)"
)
_SONGKRAN_2020 = (
    "Cabinet 17 Mar 2020, BOT: Songkran holidays 13-15 Apr 2020 withdrawn because of COVID-19"
    " (voicetv.co.th/read/WJjWmLlcq)"
)
_SEPTEMBER_2020 = (
    "Cabinet 13 Aug 2020, BOT 17 Aug 2020: substitution for Songkran (infoquest.co.th/2020/31040)"
)
_NOVEMBER_2020 = (
    "Cabinet 22 Sep 2020, BOT: 19 and 20 Nov 2020 stay business days, the substitution on 7 Dec"
    " stays, 11 Dec 2020 is a special holiday (thejournalistclub.com)"
)
_SEC_2022 = (
    "Cabinet 4 Nov 2021; SEC Thailand 15 Nov 2021, special holidays 29 Jul and 14 Oct 2022"
    " (smarttoinvest.com, SEC-holiday-special-2565)"
)
_UNREST = (
    "SET and banks closed after the unrest of 19 May 2010 (Reuters, 23 May 2010: exchange reopens"
    " Monday after being closed on Thursday and Friday)"
)
_CABINET = (
    "Special holiday by cabinet resolution, adopted by BOT for financial institutions; agrees with"
    " the exchange's published sessions, the single notice is not on file"
)
_APEC = "BOT 5 Oct 2022: APEC days stay business days (thansettakij.com 542810)"

# Each row: the day, whether it is closed, what it is called, what that rests on.
NOTICES: Final = (
    ("2010-05-20", True, SPECIAL, _UNREST),
    ("2010-05-21", True, SPECIAL, _UNREST),
    ("2010-08-13", True, SPECIAL, _CABINET),
    ("2011-05-16", True, SPECIAL, _CABINET),
    ("2012-01-03", True, SPECIAL, _BOT_2012),
    ("2012-04-09", True,
     ("Royal cremation of Princess Bejaratana", "พระราชพิธีพระราชทานเพลิงพระศพ"),
     "Cabinet 31 Jan 2012, BOT (ryt9.com/s/iq03/1339012)"),
    ("2013-12-30", True, SPECIAL, _CABINET),
    ("2014-08-11", True, SPECIAL, _CABINET),
    ("2015-01-02", True, SPECIAL, _CABINET),
    ("2015-05-04", True, SPECIAL, _CABINET),
    ("2016-05-06", True, SPECIAL, _CABINET),
    ("2016-07-18", True, SPECIAL, _CABINET),
    ("2017-01-03", True, SPECIAL, _BOT_2017),
    ("2017-10-26", True,
     ("Royal cremation of King Bhumibol", "พระราชพิธีถวายพระเพลิงพระบรมศพ"),
     "Cabinet 25 Apr 2017, BOT 3 May 2017 (amarintv.com, bot/33359)"),
    ("2018-01-02", True, NEW_YEARS_EVE, _BOT_2018),
    ("2019-05-06", True, ("Coronation of King Vajiralongkorn", "พระราชพิธีบรมราชาภิเษก"), _CABINET),
    ("2020-04-13", False, SONGKRAN, _SONGKRAN_2020),
    ("2020-04-14", False, SONGKRAN, _SONGKRAN_2020),
    ("2020-04-15", False, SONGKRAN, _SONGKRAN_2020),
    ("2020-07-27", True, SONGKRAN,
     ("Cabinet 30 Jun 2020; BOT Press Release 38/2020; BOT notification SorNorSor. 10/2563, Royal"
     " Gazette vol. 137 special part 160 Ngor, 13 Jul 2020 (ryt9.com/s/botn/3142737)")),
    ("2020-09-04", True, SONGKRAN, _SEPTEMBER_2020),
    ("2020-09-07", True, SONGKRAN, _SEPTEMBER_2020),
    ("2020-11-19", False, SPECIAL, _NOVEMBER_2020),
    ("2020-11-20", False, SPECIAL, _NOVEMBER_2020),
    ("2020-12-11", True, SPECIAL, _NOVEMBER_2020),
    ("2021-02-12", True, SPECIAL, _SEC_2021),
    ("2021-09-24", True, SPECIAL, _SEC_2021),
    ("2021-10-22", True, ("Chulalongkorn Day (substitution)", "ชดเชยวันปิยมหาราช"), _SEC_2021),
    ("2021-10-25", False, ("Chulalongkorn Day", "วันปิยมหาราช"), _SEC_2021),
    ("2022-07-29", True, SPECIAL, _SEC_2022),
    ("2022-10-14", True, SPECIAL, _SEC_2022),
    ("2022-11-16", False, SPECIAL, _APEC),
    ("2022-11-17", False, SPECIAL, _APEC),
    ("2022-11-18", False, SPECIAL, _APEC),
    ("2023-01-03", False, NEW_YEARS_EVE, _SEC_2023),
    ("2023-05-05", True, SPECIAL,
     ("Cabinet 10 Jan 2023; BOT notification SorNorSor. 7/2566, Royal Gazette 6 Feb 2023"
     " (prachachat.net/finance/news-1196975)")),
    ("2023-07-31", False, SPECIAL,
     ("BOT news 33/2566, 26 Jul 2023: stays a business day of financial institutions"
     " (bot.or.th/th/news-and-media/news/news-20230726-2.html)")),
    ("2023-12-29", True, NEW_YEARS_EVE, _BOT_2023),
    ("2024-01-02", False, NEW_YEARS_EVE, _BOT_2023),
    ("2024-04-12", True, SPECIAL,
     ("Cabinet 13 Feb 2024; SEC Thailand 23 Feb 2024"
     " (smarttoinvest.com, SEC-holiday-special-Apr-2567)")),
    ("2024-12-30", False, SPECIAL, _BOT_2023),
    ("2025-06-02", True, SPECIAL, _SEC_2025),
    ("2025-08-11", True, SPECIAL, _SEC_2025),
    ("2026-01-02", True, SPECIAL, _SEC_2025),
)  # fmt: skip


def seed() -> Seed:
    """The Thai calendar, 2010 to 2027; 2027 by rule, to be confirmed by its yearly notice."""
    days = _by_rule()
    for text, closed, (name_en, name_th), evidence in NOTICES:
        day = date.fromisoformat(text)
        days[day] = SeedDay(day, name_en, name_th, evidence, is_open=not closed)
    return Seed(
        code="XBKK",
        name_en="Stock Exchange of Thailand and Thai financial institutions",
        name_th="ตลาดหลักทรัพย์แห่งประเทศไทยและสถาบันการเงินไทย",
        time_zone="Asia/Bangkok",
        covers_from=FIRST,
        covers_until=LAST,
        days=[days[day] for day in sorted(days) if FIRST <= day <= LAST],
        notice_text=(
            "Yearly BOT notifications on traditional holidays of financial institutions and SEC"
            " notifications on holidays of securities firms, B.E. 2553 to 2569, with the single"
            " notices beside their days; B.E. 2570 by rule until its notice is imported."
        ),
        notice_url="https://www.bot.or.th/en/financial-institutions-holiday.html",
    )


def _by_rule() -> dict[date, SeedDay]:
    days: dict[date, SeedDay] = {}
    for year in range(FIRST.year - 1, LAST.year + 1):
        named = sorted(_of_year(year), key=lambda each: each.date)
        for each in named:
            days.setdefault(each.date, each)
        _substitute(days, named)
        _songkran(days, year)
    return days


def _of_year(year: int) -> Iterator[SeedDay]:
    for month, day, first, last, name_en, name_th in FIXED:
        if first <= year <= last:
            yield SeedDay(date(year, month, day), name_en, name_th)
    for dates, name_en, name_th in (
        (MAKHA, "Makha Bucha Day", "วันมาฆบูชา"),
        (VISAKHA, "Visakha Bucha Day", "วันวิสาขบูชา"),
        (ASALHA, "Asalha Bucha Day", "วันอาสาฬหบูชา"),
    ):
        for found in map(date.fromisoformat, dates.split()):
            if found.year == year:
                yield SeedDay(found, name_en, name_th)
    # Half-year closing of the banks, never substituted, given up from 2017 on.
    if year <= 2016:
        yield SeedDay(date(year, 7, 1), "Mid-year bank holiday", "วันหยุดภาคครึ่งปี")


def _substitute(days: dict[date, SeedDay], named: list[SeedDay]) -> None:
    """A holiday on a weekend is made up for on the next weekday that is none itself."""
    for each in named:
        if each.date.isoweekday() <= 5 or (each.date.month, each.date.day) == (7, 1):
            continue
        if days[each.date] is not each:
            continue
        day = each.date
        while day.isoweekday() > 5 or day in days or _is_new_year(day):
            day += timedelta(days=1)
        days[day] = SeedDay(day, f"{each.name_en} (substitution)", f"ชดเชย{each.name_th}")


def _is_new_year(day: date) -> bool:
    return (day.month, day.day) == (1, 1)


def _songkran(days: dict[date, SeedDay], year: int) -> None:
    """13 to 15 April; one weekday more if two of them fall on a weekend (practice of BOT)."""
    three = [date(year, 4, day) for day in (13, 14, 15)]
    if sum(day.isoweekday() > 5 for day in three) == 2:
        three.append(date(year, 4, 16))
    for day in three:
        days[day] = SeedDay(day, *SONGKRAN)
