"""The API's document: it says what the doors answer, and is built once a language."""

import json

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

from backoffice.schema import HouseGenerator

pytestmark = pytest.mark.django_db
ADDRESS = "/api/schema/?format=json"
MEDIA_TYPE = "application/problem+json"


@pytest.fixture
def caller(client, cast, capsys):
    """A connected system, with a token of its own."""
    cast.staff("inta")
    call_command("issue_token", "inta")
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {capsys.readouterr().out.strip()}"
    return client


@pytest.fixture
def counted(monkeypatch):
    """How often a document was built, from none on."""
    built = []
    real = SchemaGenerator.get_schema
    monkeypatch.setattr(HouseGenerator, "built", {})
    monkeypatch.setattr(
        SchemaGenerator,
        "get_schema",
        lambda self, request=None, public=False: built.append(1) or real(self, request, public),
    )
    return built


def test_the_document_is_built_once_a_language(caller, counted):
    first = caller.get(ADDRESS, headers={"Accept-Language": "en"})
    again = caller.get(ADDRESS + "&version=mine", headers={"Accept-Language": "en"})
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert len(counted) == 1
    caller.get(ADDRESS, headers={"Accept-Language": "th"})
    assert len(counted) == 2
    assert sorted(HouseGenerator.built) == ["en", "th"]


def test_the_command_writes_the_document_that_the_door_answers(caller, tmp_path):
    path = tmp_path / "schema.json"
    call_command("spectacular", "--format", "openapi-json", "--file", str(path), "--lang", "en")
    answered = caller.get(ADDRESS, headers={"Accept-Language": "en"}).content
    assert json.loads(path.read_text()) == json.loads(answered)


def test_a_language_of_the_callers_own_making_is_not_kept(caller, counted):
    assert caller.get(ADDRESS + "&lang=zz").status_code == 200
    assert HouseGenerator.built == {}


def test_every_door_names_its_refusals_as_problem_documents(caller):
    document = json.loads(caller.get(ADDRESS).content)
    members = document["components"]["schemas"]["Problem"]["properties"]
    assert {"code", "detail", "detail_th", "detail_en", "file", "line", "field"} <= members.keys()
    doors = [
        (path, method, door)
        for path, methods in document["paths"].items()
        for method, door in methods.items()
    ]
    assert len(doors) > 60
    for path, method, door in doors:
        answers = door["responses"]
        wanted = {"400", "401", "403", "405", "406"}
        if "requestBody" in door:
            wanted |= {"413", "415"}
        assert wanted <= answers.keys(), (method, path)
        for code, answer in answers.items():
            if int(code) >= 400:
                assert list(answer["content"]) == [MEDIA_TYPE], (method, path, code)


@pytest.mark.parametrize(
    ("method", "headers", "code"),
    [
        ("get", {"Authorization": "Bearer bo_nobody"}, 401),
        ("get", {"Accept": "application/xml"}, 406),
        ("put", {}, 405),
        ("post", {"Content-Type": "text/plain"}, 415),
    ],
)
def test_what_the_document_says_is_what_a_door_answers(caller, method, headers, code):
    """Members and media type of real refusals, against the document."""
    document = json.loads(caller.get(ADDRESS).content)
    told = document["paths"]["/api/v1/settlement/transactions"]
    content_type = headers.get("Content-Type", "application/json")
    answer = caller.generic(
        method.upper(),
        "/api/v1/settlement/transactions",
        b"x",
        content_type=content_type,
        headers=headers,
    )
    assert answer.status_code == code
    assert answer["Content-Type"] == MEDIA_TYPE
    assert str(code) in told[method if method in told else "get"]["responses"]
    members = document["components"]["schemas"]["Problem"]["properties"]
    assert answer.json().keys() <= members.keys()
