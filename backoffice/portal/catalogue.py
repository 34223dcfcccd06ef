"""What the front office may ask for, and how fast the answer comes."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from backoffice.portal.models import Request
from itsupport import rules as helpdesk

ORDINARY = 3


@dataclass(frozen=True, slots=True)
class Service:
    """One thing on the counter.

    Attributes:
        slug: the page's name in backoffice/portal/urls.py.
        icon: a symbol of static/img/icons.svg.
        words: further words by which people look for it, in both languages.
        at_once: answered from live data; else a clerk's time is `promise`.
    """

    slug: str
    kind: str
    icon: str
    name: Promise
    about: Promise
    words: str
    at_once: bool
    promise: timedelta | None = None

    @property
    def hours(self) -> int:
        """The promise in whole hours, 0 when answered at once."""
        return int(self.promise.total_seconds() // 3600) if self.promise else 0

    def matches(self, text: str) -> bool:
        """Whether every word of `text` stands in its names or words, in either language."""
        haystack = [self.words]
        for language in ("en", "th"):
            with override(language):
                haystack += [str(self.name), str(self.about)]
        joined = " ".join(haystack).casefold()
        return all(word in joined for word in text.casefold().split())


SERVICES: tuple[Service, ...] = (
    Service(
        slug="prices",
        kind=Request.Kind.PRICE,
        icon="price",
        name=_("Prices and stock"),
        about=_("What goods cost on each price list and how many lie where."),
        words="price stock quote goods cost ราคา สินค้า สต็อก คงเหลือ ใบเสนอราคา",
        at_once=True,
    ),
    Service(
        slug="ask_price",
        kind=Request.Kind.PRICE,
        icon="ask",
        name=_("Ask for a price"),
        about=_("For goods or quantities that no price list holds; accounting answers."),
        words="price quote special ขอราคา ราคาพิเศษ",
        at_once=False,
        promise=timedelta(hours=4),
    ),
    Service(
        slug="statement",
        kind=Request.Kind.STATEMENT,
        icon="statement",
        name=_("Account statement"),
        about=_("Every entry of an account between two days, with the running balance."),
        words="ledger account balance bank บัญชี ยอดคงเหลือ รายการเดินบัญชี",
        at_once=True,
    ),
    Service(
        slug="settlement",
        kind=Request.Kind.SETTLEMENT,
        icon="settlement",
        name=_("Settlement status"),
        about=_("Where a trade or a payment stands, from capture to settlement."),
        words="trade payment clearing instruction การซื้อขาย ชำระราคา การจ่ายเงิน",
        at_once=True,
    ),
    Service(
        slug="documents",
        kind=Request.Kind.DOCUMENT,
        icon="document",
        name=_("Documents"),
        about=_("Find a filed document, or ask the records room for one."),
        words="records file report contract เอกสาร แฟ้ม รายงาน สัญญา",
        at_once=False,
        promise=timedelta(hours=8),
    ),
    Service(
        slug="help",
        kind=Request.Kind.IT_HELP,
        icon="help",
        name=_("IT help"),
        about=_("Something does not work, or you need access. A person answers."),
        words="ticket password computer access support แจ้งปัญหา รหัสผ่าน คอมพิวเตอร์ สิทธิ์",
        at_once=False,
        # The helpdesk's own promise of a first answer to an ordinary ticket.
        promise=helpdesk.PROMISES[ORDINARY].response,
    ),
)
BY_SLUG = {service.slug: service for service in SERVICES}


def find(text: str) -> list[Service]:
    """The services that match `text`; all of them for an empty one."""
    return [service for service in SERVICES if service.matches(text)]


def promise_for(kind: str) -> timedelta:
    """How long a clerk may take for a request of this kind."""
    times = [s.promise for s in SERVICES if s.kind == kind and s.promise is not None]
    return min(times, default=timedelta(hours=8))
