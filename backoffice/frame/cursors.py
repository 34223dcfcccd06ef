"""Keyset pages: opaque cursors that stay put while rows are being added."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import IntegerField


class KeysetPagination(CursorPagination):
    """Pages by a unique, ordered key (newest first by default); `?cursor=` and `?limit=`."""

    ordering = "-id"
    page_size_query_param = "limit"
    max_page_size = 500

    def get_page_size(self, request: Request) -> int | None:
        """Rows a page; more than `max_page_size` is cut to it.

        Raises:
            ValidationError: `limit` is no whole number above zero.
        """
        if limit := request.query_params.get("limit"):
            try:
                IntegerField(min_value=1).run_validation(limit)
            except ValidationError as error:
                raise ValidationError({"limit": error.detail}) from None
        return super().get_page_size(request)

    def get_paginated_response(self, data: Any) -> Response:
        """The page as {"items": […], "next": url or null, "previous": url or null}."""
        return Response(
            {"items": data, "next": self.get_next_link(), "previous": self.get_previous_link()}
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page's OpenAPI schema."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["items", "next", "previous"],
            "properties": {"items": schema, "next": link, "previous": link},
        }
