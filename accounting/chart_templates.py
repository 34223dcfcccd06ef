"""Charts of accounts to begin with, and what accounts are called.

A template is data (`accounting/charts/`): code path, number, names, and what is special. Applying
it makes the accounts that are missing and names them; it never changes what somebody renamed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from accounting import chart
from accounting.charts import ifrs, tfrs_npaes
from accounting.charts.rows import Template, TemplateAccount
from accounting.models import Account
from accounting.refusals import AccountUnknown
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Role
from backoffice.kernel.refusals import Place, Refused

KEEPERS: Final = (Role.CHECKER, Role.MANAGER)
TEMPLATES: Final[dict[str, Template]] = {
    template.code: template for template in (tfrs_npaes.TEMPLATE, ifrs.TEMPLATE)
}


class TemplateUnknown(Refused):
    """No such template."""

    code = "chart-template-unknown"
    status = 404
    en = "There is no chart template {template}; there are {known}."
    th = "ไม่มีผังบัญชีต้นแบบ {template} มีเพียง {known}"


@dataclass(frozen=True, slots=True)
class Description:
    """What an account is called and how statements take it; None leaves a fact as it is.

    Attributes:
        account: code path.
        name_en, name_th: names.
        number: the firm's own account number, such as "1110".
        cash: True for cash and cash equivalents, False for what its name would wrongly make one.
    """

    account: str
    name_en: str | None = None
    name_th: str | None = None
    number: str | None = None
    cash: bool | None = None


def apply(*, entity: str, template: str, actor: Actor, at: datetime) -> int:
    """Make a template's accounts and journals in an entity's books.

    Accounts that are there already keep their names and facts.

    Args:
        entity: the entity's code.
        template: "tfrs-npaes" or "ifrs".
        actor: a checker, a manager or a process.
        at: recorded time (aware, UTC).

    Returns:
        How many accounts were made.

    Raises:
        TemplateUnknown, EntityUnknown, NotAllowed.
    """
    actor.require(*KEEPERS)
    found = TEMPLATES.get(template)
    if found is None:
        raise TemplateUnknown(
            Place(field="template"), template=template, known=", ".join(sorted(TEMPLATES))
        )
    owner = chart.entity_id(entity)
    with transaction.atomic():
        codes = {row.code for row in found.accounts}
        there = Account.objects.filter(entity_id=owner, code__in=codes)
        known = set(there.values_list("code", flat=True))
        missing = [row for row in found.accounts if row.code not in known]
        chart.ensure_accounts(
            entity=entity,
            codes=[row.code for row in missing],
            types=found.types,
            actor=actor,
            at=at,
        )
        _describe(owner, map(_description, missing))
        for journal in found.journals:
            chart.ensure_journal(
                entity=entity,
                code=journal.code,
                name_en=journal.name_en,
                name_th=journal.name_th,
                gapless=journal.gapless,
                actor=actor,
                at=at,
            )
        audit.record(
            actor=actor,
            at=at,
            verb="chart_templates.apply",
            subject_kind="accounting.entity",
            subject_id=entity,
            detail={"template": template, "created": len(missing)},
        )
    return len(missing)


def describe(
    *, entity: str, descriptions: Iterable[Description], actor: Actor, at: datetime
) -> None:
    """Name accounts, number them, or say whether they are cash; set-based.

    Raises:
        EntityUnknown, AccountUnknown, NotAllowed.
    """
    actor.require(*KEEPERS)
    owner = chart.entity_id(entity)
    with transaction.atomic():
        named = _describe(owner, descriptions)
        audit.record(
            actor=actor,
            at=at,
            verb="chart_templates.describe",
            subject_kind="accounting.entity",
            subject_id=entity,
            detail={"accounts": len(named), "first": named[:20]},
        )


def _describe(owner: int, descriptions: Iterable[Description]) -> list[str]:
    wanted = {description.account: description for description in descriptions}
    rows = Account.objects.select_for_update().filter(entity_id=owner, code__in=list(wanted))
    accounts = {account.code: account for account in rows.order_by("pk")}
    for code, description in wanted.items():
        account = accounts.get(code)
        if account is None:
            raise AccountUnknown(Place(field="account"), detail=code)
        account.name_en = account.name_en if description.name_en is None else description.name_en
        account.name_th = account.name_th if description.name_th is None else description.name_th
        facts: dict[str, Any] = {"number": description.number, "cash": description.cash}
        account.attributes |= {name: fact for name, fact in facts.items() if fact is not None}
    Account.objects.bulk_update(
        accounts.values(), ["name_en", "name_th", "attributes"], batch_size=1_000
    )
    return sorted(wanted)


def _description(row: TemplateAccount) -> Description:
    return Description(row.code, row.name_en, row.name_th, row.number, row.cash)
