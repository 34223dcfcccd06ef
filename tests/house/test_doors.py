"""The front door: what cannot be read, who has no place at the desk, what the logs keep."""

import json
import logging
import logging.config
from io import StringIO

import pytest
from django.conf import settings

pytestmark = pytest.mark.django_db
BACKEND = "backoffice.people.permissions.RoleBackend"


@pytest.mark.parametrize(
    "address",
    [
        "/search?q=%00",
        "/prices/?q=a%00",
        "/prices/a%00b/",
        "/statement/?q=%00",
        "/settlement/?q=%00",
    ],
)
def test_nul_in_an_address_is_a_bad_request(client, cast, address):
    client.force_login(cast.staff("ann"), backend=BACKEND)
    assert client.get(address).status_code == 400


def test_nul_in_an_address_of_the_api_is_a_problem_document(client):
    answer = client.get("/api/v1/itsupport/tickets?state=%00")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("name", ["ann", "inta"])
def test_who_has_no_place_at_the_desk_is_told_so_and_not_sent_in_a_circle(client, cast, name):
    client.force_login(cast.staff(name), backend=BACKEND)
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_stranger_at_the_desk_signs_in_and_comes_back(client):
    answer = client.get("/admin/desk/workitem/", follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2Fdesk%2Fworkitem%2F"


def test_the_log_keeps_where_a_fault_was():
    configuration = {**settings.LOGGING, "root": {"handlers": [], "level": "INFO"}}
    formatters = logging.config.DictConfigurator(configuration)
    formatter = formatters.configure_formatter(configuration["formatters"]["json"])
    heard = StringIO()
    handler = logging.StreamHandler(heard)
    handler.setFormatter(formatter)
    logger = logging.getLogger("tests.fault")
    logger.addHandler(handler)
    try:
        _fail()
    except ZeroDivisionError:
        logger.exception("fault")
    finally:
        logger.removeHandler(handler)
    line = json.loads(heard.getvalue())
    assert "in _fail" in line["exception"]
    assert line["level"] == "error"


def _fail() -> None:
    1 / 0  # noqa: B018


@pytest.mark.parametrize(("language", "word"), [("en", "IT support"), ("th", "ฝ่ายไอที")])
def test_without_a_mail_server_a_forgotten_password_leads_to_it_support(client, language, word):
    client.cookies["django_language"] = language
    for answer in (
        client.get("/accounts/password/reset/"),
        client.post("/accounts/password/reset/", {"email": "ann@varee.example"}),
    ):
        assert answer.status_code == 200
        assert word in answer.content.decode()
