"""The firm's people, customers, goods and prices, entered from the files in data/."""

import csv
import hashlib
import hmac
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from accounting import chart, pricing, stocking
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Refused
from backoffice.people import staffing
from compliance import parties
from compliance.rules import PartyDraft
from settlement.clearing import capturing

DATA = Path(__file__).parent / "data"
BOOK = "VAREE"
CURRENCY = "THB"
BANGKOK = ZoneInfo("Asia/Bangkok")
SEEDER = Actor.system("seed_demo")
LISTS = (
    ("RETAIL", "Retail", "ราคาปลีก", "THB"),
    ("WHOLESALE", "Wholesale", "ราคาส่ง", "THB"),
    ("EXPORT", "Export, FOB Laem Chabang", "ส่งออก FOB แหลมฉบัง", "USD"),
)


class NotInProduction(Refused):
    """Demo accounts have no place in a real house."""

    code = "demo-in-production"
    status = 403
    en = "The demo firm is not entered in production (BACKOFFICE_MODE=production)."
    th = "ไม่สร้างบริษัทตัวอย่างในระบบใช้งานจริง (BACKOFFICE_MODE=production)"


def require_demo() -> None:
    """Raises NotInProduction unless this house is for demonstration."""
    if settings.PRODUCTION:
        raise NotInProduction


def password() -> str:
    """The demo accounts' password: different in each house, the same at each start."""
    require_demo()
    digest = hmac.new(settings.SECRET_KEY.encode(), b"demo accounts", hashlib.sha256).digest()
    return f"varee-{int.from_bytes(digest[:8]) % 10**6:06}"


def rows(name: str) -> Iterator[dict[str, str]]:
    """The lines of a data file."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def enter_people(*, at: datetime) -> dict[str, Actor]:
    """Enter sites and staff; returns the staff at work, by username."""
    for site in rows("sites.csv"):
        staffing.enter_site(**site, actor=SEEDER, at=at)
    secret = password()
    cast = {}
    for row in rows("staff.csv"):
        role, department = Role(row["role"]), Department(row["department"])
        draft = staffing.StaffDraft(
            username=row["username"],
            first_name=row["first_name"],
            last_name=row["last_name"],
            name_th=row["name_th"],
            role=role,
            department=department,
            site=row["site"],
            language=row["language"],
            email=f"{row['username']}@varee.example",
        )
        staff_id = staffing.enter_staff(draft=draft, actor=SEEDER, at=at, password=secret)
        cast[draft.username] = Actor(
            name=draft.username,
            staff_id=staff_id,
            role=role,
            department=department,
            channel="portal" if role is Role.FRONT_OFFICE else "desk",
        )
    return cast


def enter_parties(*, at: datetime) -> int:
    """Onboard customers, banks and brokers, and settle with the latter; returns how many."""
    entered = list(rows("parties.csv"))
    drafts = [
        PartyDraft(code=r["code"], name_en=r["name_en"], name_th=r["name_th"], kind=r["kind"])
        for r in entered
    ]
    parties.onboard_many(drafts=drafts, actor=SEEDER, at=at)
    for row in entered:
        if row["participant"]:
            capturing.enter_participant(
                code=row["code"],
                name_en=row["name_en"],
                name_th=row["name_th"],
                kind=row["participant"],
                bic=row["bic"],
                actor=SEEDER,
                at=at,
            )
    return len(drafts)


def enter_books(*, at: datetime) -> None:
    """Open the firm's books."""
    chart.ensure_entity(
        code=BOOK,
        name_en="Siam Varee Securities and Trading Co., Ltd.",
        name_th="บริษัท หลักทรัพย์และการค้าสยามวารี จำกัด",
        functional_currency=CURRENCY,
        actor=SEEDER,
        at=at,
    )


def enter_goods(*, at: datetime) -> int:
    """Enter goods, price lists, prices and opening stock; returns how many goods."""
    goods = [stocking.GoodDraft(**row) for row in rows("goods.csv")]
    stocking.enter_goods(goods=goods, actor=SEEDER, at=at)
    for code, name_en, name_th, currency in LISTS:
        pricing.open_list(
            code=code, name_en=name_en, name_th=name_th, currency=currency, actor=SEEDER, at=at
        )
    valid_from = at.astimezone(BANGKOK).date().replace(day=1)
    if not _priced(goods[0].code, on=valid_from):
        pricing.set_prices(
            prices=[
                pricing.PriceDraft(
                    price_list=row["price_list"],
                    good=row["good"],
                    amount=Decimal(row["amount"]),
                    min_quantity=Decimal(row["min_quantity"]),
                    valid_from=valid_from,
                )
                for row in rows("prices.csv")
            ],
            actor=SEEDER,
            at=at,
        )
    stocking.move_stock(
        moves=[
            stocking.StockMove(
                good=row["good"],
                location=row["location"],
                quantity=Decimal(row["quantity"]),
                moved_at=at - timedelta(hours=20),
                source_key=f"demo:opening:{row['location']}:{row['good']}",
            )
            for row in rows("stock.csv")
        ],
        actor=SEEDER,
        at=at,
    )
    return len(goods)


def _priced(good: str, *, on: date) -> bool:
    found = pricing.quote(good=good, on=on)
    return found is not None and found.answers
