import pytest

from backoffice.frame.models import AuditEvent
from backoffice.kernel.actors import NotAllowed
from backoffice.kernel.money import Currency, parse_amount
from backoffice.reference import listing, queries

pytestmark = pytest.mark.django_db
RICE = Currency.commodity("RICE-5PCT", exponent=3)


def put(commodity, actor, at):
    return listing.list_commodity(
        commodity=commodity, name_en="White rice 5%", name_th="ข้าวขาว 5%", actor=actor, at=at
    )


def test_a_commodity_is_counted_in_its_own_decimals(system, at):
    put(RICE, system, at)
    put(RICE, system, at)
    assert str(parse_amount("1.25", queries.currency("RICE-5PCT"))) == "1.250"
    assert AuditEvent.objects.filter(verb="listing.list_commodity").count() == 1


def test_gold_has_no_minor_unit_of_its_own_and_may_be_listed(system, at):
    put(Currency.commodity("XAU", exponent=4), system, at)
    assert queries.currency("XAU").is_commodity


@pytest.mark.parametrize(("code", "exponent"), [("THB", 3), ("THB", 2), ("RICE-5PCT", 2)])
def test_a_taken_code_keeps_its_decimals(system, at, code, exponent):
    put(RICE, system, at)
    with pytest.raises(listing.CodeTaken):
        put(Currency.commodity(code, exponent=exponent), system, at)


@pytest.mark.parametrize("code", ["", "rice", "R" * 25, "ข้าว", "A B", "<A>"])
def test_bad_codes_are_refused(system, at, code):
    with pytest.raises(listing.CodeRefused):
        put(Currency.commodity(code, exponent=0), system, at)


def test_auditors_list_nothing(cast, at):
    with pytest.raises(NotAllowed):
        put(RICE, cast.actor("aree"), at)
