import pytest
from django.core.management import CommandError, call_command

from accounting import chart, chart_templates, closing
from accounting.charts.rows import TemplateBroken, read
from accounting.models import Account, Entity, Journal, Period
from accounting.refusals import AccountUnknown
from accounting.rules import account_type, ancestors

TEMPLATES = sorted(chart_templates.TEMPLATES)


@pytest.mark.parametrize("code", TEMPLATES)
def test_a_template_is_whole(code):
    template = chart_templates.TEMPLATES[code]
    codes = [row.code for row in template.accounts]
    numbers = [row.number for row in template.accounts]
    assert len(set(codes)) == len(codes)
    assert len(set(numbers)) == len(numbers)
    assert closing.RETAINED in codes
    first_digit = {"asset": "1", "liability": "2", "equity": "3", "income": "4", "expense": "5"}
    for row in template.accounts:
        assert set(ancestors(row.code)) <= set(codes)
        assert row.number[0] == first_digit[account_type(row.code, template.types)]
        assert any("\u0e00" <= letter <= "\u0e7f" for letter in row.name_th)
        assert row.name_en.isascii()


@pytest.mark.django_db
@pytest.mark.parametrize("code", TEMPLATES)
def test_applying_makes_named_accounts_once(system, at, code, django_assert_max_num_queries):
    chart.ensure_entity(code="NEW", name_en="N", name_th="น", actor=system, at=at)
    template = chart_templates.TEMPLATES[code]
    with django_assert_max_num_queries(60):
        made = chart_templates.apply(entity="NEW", template=code, actor=system, at=at)
    assert made == len(template.accounts) == Account.objects.filter(entity__code="NEW").count()
    cash = Account.objects.get(entity__code="NEW", name_en="Cash on Hand")
    assert (cash.name_th, cash.attributes["cash"]) == ("เงินสดในมือ", True)
    assert cash.attributes["number"]
    assert cash.parent.code == cash.code.rsplit(":", 1)[0]
    assert chart_templates.apply(entity="NEW", template=code, actor=system, at=at) == 0
    assert Journal.objects.filter(entity__code="NEW", is_gapless=True).count() == 4


@pytest.mark.django_db
def test_what_somebody_renamed_stays(books, system, at):
    described = chart_templates.Description("Assets:Cash", name_en="Till", number="1")
    chart_templates.describe(entity=books, descriptions=[described], actor=system, at=at)
    chart_templates.apply(entity=books, template="ifrs", actor=system, at=at)
    chart.ensure_accounts(entity=books, codes=["Assets:Cash"], actor=system, at=at)
    found = Account.objects.get(entity__code=books, code="Assets:Cash")
    assert (found.name_en, found.attributes) == ("Till", {"number": "1"})


@pytest.mark.django_db
def test_unknown_templates_and_accounts_are_refused(books, system, at):
    with pytest.raises(chart_templates.TemplateUnknown):
        chart_templates.apply(entity=books, template="gaap", actor=system, at=at)
    with pytest.raises(AccountUnknown):
        chart_templates.describe(
            entity=books,
            descriptions=[chart_templates.Description("Assets:None", cash=True)],
            actor=system,
            at=at,
        )


@pytest.mark.parametrize("text", ["1 | A", "1 | A | ก\n     2 | B | ข", "1 | A | ก\n    2 | B | ข"])
def test_a_template_that_does_not_read_is_refused(text):
    with pytest.raises(TemplateBroken):
        read(text)


@pytest.mark.django_db
def test_the_command_makes_an_entity(capsys):
    words = ("NEWCO", "--template", "tfrs-npaes", "--currency", "THB", "--year", "2026")
    call_command("create_entity", *words)
    call_command("create_entity", *words)
    assert Entity.objects.get(code="NEWCO").functional_currency == "THB"
    assert Period.objects.filter(entity__code="NEWCO").count() == 12
    assert "NEWCO: 0 accounts made" in capsys.readouterr().out
    with pytest.raises(CommandError, match="currency-unknown"):
        call_command("create_entity", "OTHER", "--currency", "QQQ")
    assert not Entity.objects.filter(code="OTHER").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["", " ", "NEW "])
def test_books_have_a_name_that_can_be_typed_again(code):
    with pytest.raises(CommandError, match="entity-code-blank") as refused:
        call_command("create_entity", code)
    assert "รหัสกิจการ" in str(refused.value)
    assert not Entity.objects.exists()
