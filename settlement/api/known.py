"""Books at the API: one that nobody has is refused by name, as the commands refuse it."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics
from rest_framework.request import Request

from settlement import books


def asked_book(request: Request) -> str:
    """The book of `?book=`, "" without one; raises BookUnknown."""
    book = request.query_params.get("book", "")
    if book:
        books.require_known(book=book)
    return book


class OfKnownBook(generics.ListAPIView):
    """A list that may be asked of one book: an unknown one is refused, not told as empty."""

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows asked for; raises BookUnknown."""
        asked_book(self.request)
        return super().filter_queryset(queryset)
