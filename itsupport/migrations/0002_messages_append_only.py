"""What was said stays said."""

from django.db import migrations

from backoffice.frame.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("itsupport", "0001_initial"), ("frame", "0001_initial")]

    operations = [append_only("itsupport_ticketmessage")]
