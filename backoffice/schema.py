"""The API's OpenAPI document: built once a language, with the refusals that every door gives."""

from typing import Any, ClassVar, override

from django.conf import settings
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator

from backoffice.frame.problems import MEDIA_TYPE, TITLES

PROBLEM = {"$ref": "#/components/schemas/Problem"}
# What any door may answer, whatever its view says of itself.
ALWAYS = (400, 401, 403, 405, 406)
WITH_BODY = (413, 415)
METHODS = {"get", "post", "put", "patch", "delete"}


def _refusal(code: int) -> dict[str, Any]:
    return {"description": TITLES[code][1], "content": {MEDIA_TYPE: {"schema": PROBLEM}}}


def tell_refusals(document: dict[str, Any]) -> None:
    """Name every refusal of every operation, as the problem document that it is."""
    for doors in document["paths"].values():
        for operation in (doors[method] for method in METHODS & doors.keys()):
            answers = operation["responses"]
            always = (*ALWAYS, *WITH_BODY) if "requestBody" in operation else ALWAYS
            refused = {int(code) for code in answers if int(code) >= ALWAYS[0]}
            for code in sorted({*always, *refused}):
                answers[str(code)] = _refusal(code)


class HouseGenerator(SchemaGenerator):
    """The document of the doors, which change with the code alone: it is built once a language."""

    # Shared by all requests: every process builds each language once.
    built: ClassVar[dict[str, dict[str, Any]]] = {}

    @override
    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:
        """The document in the language of the moment; the same for whoever asks.

        It takes the better part of a second to build. The caller's role plays no part: all doors
        are described to everybody who may read it. A language that the house does not speak is
        not kept: callers name it freely (`?lang=`).
        """
        language = get_language() or ""
        if not public or language not in dict(settings.LANGUAGES):
            return self._build(request, public=public)
        if language not in self.built:
            self.built[language] = self._build(request, public=True)
        return self.built[language]

    def _build(self, request: Any, *, public: bool) -> dict[str, Any]:
        # Each door has one version; a caller's `?version=` must not name what others are given.
        self.api_version = None
        document: dict[str, Any] = super().get_schema(request, public)  # type: ignore[no-untyped-call]
        tell_refusals(document)
        return document
