"""Find an account by a part of its code or name, in any set of books."""

from dataclasses import dataclass

from django.db.models import Q

from accounting.models import Account
from backoffice.kernel.thai import fold_digits


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An account, and whose books it stands in."""

    entity: str
    code: str
    name_en: str
    name_th: str


def find(*, text: str, limit: int = 12) -> list[FoundAccount]:
    """Accounts whose code or name holds every word of `text`; those that end in it come first.

    "1001" finds "Liabilities:Customers:1001" before "Assets:Bank:10012".
    """
    words = fold_digits(text).split()
    if not words:
        return []
    accounts = Account.objects.select_related("entity")
    for word in words:
        accounts = accounts.filter(
            Q(code__icontains=word) | Q(name_en__icontains=word) | Q(name_th__icontains=word)
        )
    ends = Q(code__iendswith=words[-1])
    exact = list(accounts.filter(ends).order_by("entity__code", "code")[:limit])
    others = accounts.exclude(ends).order_by("entity__code", "code")[: limit - len(exact)]
    return [
        FoundAccount(account.entity.code, account.code, account.name_en, account.name_th)
        for account in [*exact, *others]
    ]
