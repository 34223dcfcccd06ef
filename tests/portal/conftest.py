"""A signed-in person at the counter, and goods to ask about."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from accounting import pricing, stocking
from backoffice.kernel.actors import Actor


@pytest.fixture
def ann(cast):
    return cast.staff("ann")


@pytest.fixture
def counter(client: Client, ann) -> Client:
    """A browser in which Ann of the front office is signed in, reading English."""
    client.force_login(ann, backend="backoffice.people.permissions.RoleBackend")
    return client


@pytest.fixture
def goods(at) -> list[str]:
    """Three goods: with price and stock, with a price only, with neither."""
    actor = Actor.system("tests")
    drafts = [
        stocking.GoodDraft("RICE-5", "Hom Mali rice", "ข้าวหอมมะลิ", "bag", "ถุง"),
        stocking.GoodDraft("TEA-1", "Oolong tea", "ชาอู่หลง", "box", "กล่อง"),
        stocking.GoodDraft("ORCHID", "Orchids", "กล้วยไม้", "bundle", "มัด"),
    ]
    stocking.enter_goods(goods=drafts, actor=actor, at=at)
    pricing.open_list(
        code="RETAIL", name_en="Retail", name_th="ราคาปลีก", currency="THB", actor=actor, at=at
    )
    pricing.set_prices(
        prices=[
            pricing.PriceDraft("RETAIL", "RICE-5", Decimal("1245.00"), date(2026, 1, 1)),
            pricing.PriceDraft("RETAIL", "TEA-1", Decimal("390.50"), date(2026, 1, 1)),
        ],
        actor=actor,
        at=at,
    )
    stocking.move_stock(
        moves=[stocking.StockMove("RICE-5", "BKK", Decimal(1840), at, "t1")], actor=actor, at=at
    )
    return [draft.code for draft in drafts]
