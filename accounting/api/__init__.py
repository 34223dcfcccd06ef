"""The ledger's door for other systems, one module a noun."""

from accounting.api import foreign, ledger, transfers

urlpatterns = [*ledger.urlpatterns, *foreign.urlpatterns, *transfers.urlpatterns]
