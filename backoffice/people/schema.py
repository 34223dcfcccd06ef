"""How the OpenAPI document describes our tokens; drf-spectacular finds it by being imported."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class TokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer bo_…`."""

    target_class = "backoffice.people.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The security scheme object (OpenAPI 3.1)."""
        del auto_schema
        return {"type": "http", "scheme": "bearer", "description": "A token of the house."}
