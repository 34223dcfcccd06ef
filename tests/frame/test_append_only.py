"""The database refuses to change what only grows, whoever asks."""

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.frame import audit
from backoffice.frame.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE frame_auditevent SET actor = 'somebody else'",
        "DELETE FROM frame_auditevent",
        "TRUNCATE frame_auditevent",
    ],
)
def test_the_trail_cannot_be_changed(statement, system, at):
    audit.record(actor=system, at=at, verb="test", subject_kind="test", subject_id=1)
    refused = pytest.raises(IntegrityError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEvent.objects.filter(verb="test").count() == 1
