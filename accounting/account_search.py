"""Find an account by a part of its code or name, in any set of books."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, Q, When

from accounting.models import Account
from backoffice.kernel.thai import fold_digits


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An account, and whose books it stands in."""

    entity: str
    code: str
    name_en: str
    name_th: str

    @property
    def owner(self) -> str:
        """The code's last part: the customer's or participant's own code."""
        return self.code.rpartition(":")[2]


def find(*, text: str, owners: Iterable[str] = (), limit: int = 12) -> list[FoundAccount]:
    """Accounts whose code or name holds every word of `text`; those that end in it come first.

    "1001" finds "Liabilities:Customers:1001" before "Assets:Bank:10012".

    Args:
        owners: codes of parties whose accounts are wanted as well, whatever the text.
    """
    words = fold_digits(text).split()
    if not words:
        return []
    match = Q()
    for word in words:
        match &= Q(code__icontains=word) | Q(name_en__icontains=word) | Q(name_th__icontains=word)
    owned = Q(pk__in=[])
    for owner in owners:
        owned |= Q(code__endswith=f":{owner}")
    ends = Q(code__iendswith=words[-1]) | owned
    accounts = (
        Account.objects.filter(match | owned)
        .annotate(near=Case(When(ends, then=0), default=1))
        .select_related("entity")
        .order_by("near", "entity__code", "code")[:limit]
    )
    return [
        FoundAccount(account.entity.code, account.code, account.name_en, account.name_th)
        for account in accounts
    ]
