"""Eval is allowed to the desk's theme, and to nothing else."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "allowed"),
    [("/accounts/login/", False), ("/administration/", False), ("/admin/", True), ("/", False)],
)
def test_only_the_desk_evaluates(client, cast, address, allowed):
    client.force_login(cast.staff("chai"), backend="backoffice.people.permissions.RoleBackend")
    policy = client.get(address)["Content-Security-Policy"]
    assert ("'unsafe-eval'" in policy) is allowed
    assert "script-src 'self'" in policy
    assert "object-src 'none'" in policy
