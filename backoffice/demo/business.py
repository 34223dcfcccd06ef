"""A week's business of the demo firm: captured and cleared, papers filed, work begun."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from accounting import pricing
from backoffice.demo.firm import BANGKOK, BOOK, CURRENCY, DATA, SEEDER
from backoffice.desk import claiming, queueing
from backoffice.kernel.actors import Actor
from backoffice.kernel.calendars import Calendar
from backoffice.kernel.refusals import Refused
from backoffice.portal import asking
from backoffice.portal.models import Request
from backoffice.reference import queries as reference
from backoffice.reference.calendaring import CalendarUnknown
from compliance import holds
from compliance import queries as compliance
from itsupport import ticketing
from records import filing
from settlement import end_of_day, queries
from settlement.clearing import capturing
from settlement.formats import register
from settlement.formats.register import RegisterLine

REGISTER = DATA / "register.asc"
HELD_CUSTOMER = "2012"
PAPERS = (
    ("CUS", "customer-agreement-2001.txt", "Customer agreement 2001 / สัญญาลูกค้า 2001"),
    ("CON", "warehouse-lease-lat-krabang.txt", "Warehouse lease, Lat Krabang / สัญญาเช่าคลังสินค้า"),
    ("COR", "letter-export-prices.txt", "Letter on export prices / หนังสือเรื่องราคาส่งออก"),
)


def capture_week(*, today: date, at: datetime) -> list[date]:
    """Capture the register, its days laid onto the last business days up to today.

    Once: when the book holds transactions, nothing is captured again.

    Returns:
        The days of the book that are to be closed: all captured ones before the last.
    """
    if not queries.transactions().filter(book=BOOK).exists():
        capturing.capture_register(
            lines=_moved(today, at),
            file_name=REGISTER.name,
            sha256=hashlib.sha256(REGISTER.read_bytes()).hexdigest(),
            book=BOOK,
            currency=CURRENCY,
            actor=SEEDER,
            at=at,
        )
    found = queries.transactions().filter(book=BOOK).order_by("business_date")
    return list(found.values_list("business_date", flat=True).distinct())[:-1]


def hold_customer(*, at: datetime) -> None:
    """Compliance stops one customer's payments, so that a held one can be seen; once."""
    if compliance.hold_list(open_=True, subject_kind="party", subject_ref=HELD_CUSTOMER).exists():
        return
    holds.place(
        subject_kind="party",
        subject_ref=HELD_CUSTOMER,
        reason="Identity papers expired / เอกสารแสดงตนหมดอายุ",
        actor=SEEDER,
        at=at,
    )


def close_days(*, wanted: list[date], clock: Callable[[], datetime]) -> int:
    """Run the end of day for each day that is not sealed; returns how many were closed now."""
    if not wanted:
        return 0
    done = queries.days_done(book=BOOK, first=wanted[0], last=wanted[-1])
    waiting = [day for day in wanted if day not in done]
    for day in waiting:
        if day == wanted[-1]:
            hold_customer(at=clock())
        end_of_day.run(business_date=day, book=BOOK, actor=SEEDER, clock=clock)
    return len(waiting)


def file_papers(*, at: datetime) -> int:
    """File a few documents; a rerun files nothing twice."""
    for record_class, name, title in PAPERS:
        filing.file(
            record_class=record_class,
            title=title,
            content=(DATA / "papers" / name).read_bytes(),
            media_type="text/plain; charset=utf-8",
            source_key=f"demo:{name}",
            actor=SEEDER,
            at=at,
        )
    return len(PAPERS)


def ask_and_answer(*, cast: Mapping[str, Actor], at: datetime) -> int:
    """The front office asks, clerks answer some of it; returns how many requests were made."""
    asked = [
        (
            "nok",
            asking.Question(
                key="demo-orchids",
                kind=Request.Kind.PRICE,
                title="กล้วยไม้ตัดดอก 100 ก้าน",
                text="ลูกค้าต้องการส่งมอบทุกวันศุกร์ เริ่มเดือนหน้า",
                details={"quantity": "40 มัด", "customer": "Siam Orchid Export"},
            ),
        ),
        (
            "ton",
            asking.Question(
                key="demo-lease",
                kind=Request.Kind.DOCUMENT,
                title="สัญญาเช่าคลังสินค้าลาดกระบัง",
                text="ใช้ประกอบการขอสินเชื่อของสาขาเชียงใหม่",
            ),
        ),
        (
            "nok",
            asking.Question(
                key="demo-printer",
                kind=Request.Kind.IT_HELP,
                title="เครื่องพิมพ์ชั้น 3 พิมพ์ภาษาไทยเป็นช่องสี่เหลี่ยม",
                text="เริ่มเป็นตั้งแต่เช้านี้ เอกสารภาษาอังกฤษพิมพ์ได้ปกติ",
                details={"category": "hardware"},
            ),
        ),
        (
            "nok",
            asking.Question(
                key="demo-tea",
                kind=Request.Kind.PRICE,
                title="ชาอู่หลง แม่สลอง 500 ก. จำนวน 2,000 กล่อง",
                details={"quantity": "2,000 กล่อง", "customer": "Phuket Hotel Supplies"},
            ),
        ),
    ]
    made = [
        asking.ask(question=question, actor=cast[who], at=at - timedelta(minutes=95 - 20 * n))
        for n, (who, question) in enumerate(asked)
    ]
    tea = made[-1]
    if tea.state == Request.State.WAITING and tea.item_id is not None:
        _answer_tea(tea.item_id, cast["aor"], at)
    return len(made)


def leave_work(*, at: datetime) -> None:
    """Work that the desk finds in the morning, beside what the portal sent."""
    queueing.open_item(
        kind="settlement.confirm_instruction",
        department="settlement",
        subject_kind="settlement.participant",
        subject_ref="LB",
        title_en="Confirm the new account of Lanna Bank by telephone",
        title_th="ยืนยันบัญชีใหม่ของธนาคารล้านนาทางโทรศัพท์",
        due_at=at + timedelta(hours=3),
        priority=2,
        actor=SEEDER,
        at=at,
    )
    ticketing.open_ticket(
        title="Manila: VPN drops every hour",
        body="Since Monday the tunnel to the head office drops on the hour for a minute.",
        category="network",
        requester_id=None,
        source_key="demo:vpn",
        actor=SEEDER,
        at=at,
    )


def _answer_tea(item_id: int, clerk: Actor, at: datetime) -> None:
    try:
        pricing.answer_request(
            item_id=item_id,
            answer="2,000 กล่อง ราคา 338.00 บาทต่อกล่อง ส่งมอบภายใน 14 วัน ยืนราคา 30 วัน",
            price=pricing.PriceDraft(
                price_list="WHOLESALE",
                good="TEA-OO-500",
                amount=Decimal("338.00"),
                min_quantity=Decimal(2000),
                valid_from=at.astimezone(BANGKOK).date(),
            ),
            actor=clerk,
            at=at - timedelta(minutes=12),
        )
    except claiming.ItemGone:
        return  # answered in an earlier run


def _moved(today: date, at: datetime) -> Iterator[RegisterLine | Refused]:
    """The register's lines with its days laid onto business days, the last onto today."""
    lines = list(register.read(REGISTER))
    own = sorted({line.business_date for line in lines if isinstance(line, RegisterLine)})
    onto = dict(zip(own, _business_days(today, len(own), at), strict=True))
    for line in lines:
        if isinstance(line, Refused):
            yield line
        else:
            yield replace(line, business_date=onto[line.business_date])


def _business_days(last: date, count: int, at: datetime) -> list[date]:
    """The `count` latest business days up to `last`."""
    calendar = calendar_of(day=last, at=at)
    last = calendar.previous_or_same(last)
    return [calendar.add_business_days(last, -back) for back in range(count - 1, -1, -1)]


def calendar_of(*, day: date, at: datetime) -> Calendar:
    """Bangkok's exchange calendar where it covers the weeks around `day`, else plain weekdays."""
    weekdays = Calendar(code="weekdays")
    try:
        known = reference.calendar_on("XBKK", known_at=at)
    except CalendarUnknown:
        return weekdays
    around = (day - timedelta(days=30), day + timedelta(days=30))
    return known if all(known.covers(other) for other in around) else weekdays
