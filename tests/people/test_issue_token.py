"""A token for a connected system, from the command line to an answer of the API."""

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


def test_the_token_opens_the_api(client, cast, capsys):
    cast.staff("inta")
    call_command("issue_token", "inta", "--label", "bank link", "--days", "7")
    token = capsys.readouterr().out.strip()
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/itsupport/tickets", headers=headers).status_code == 200
    assert client.get("/admin/", headers=headers).status_code == 302


def test_nobody_gets_no_token():
    with pytest.raises(CommandError, match="Nobody active"):
        call_command("issue_token", "nobody")


def test_a_token_ends_within_a_year(cast):
    cast.staff("inta")
    with pytest.raises(CommandError, match="1 to 366 days"):
        call_command("issue_token", "inta", "--days", "4000")
