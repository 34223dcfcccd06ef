"""Documents and contents only grow; the filing plan's first classes."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from backoffice.frame.append_only import append_only

# code, title (English), title (Thai), owner, years, trigger, disposal, legal basis
CLASSES = [
    (
        "RPT", "Daily settlement report", "รายงานการชำระราคาประจำวัน", "settlement", 7, "year_end",
        "review", "Accounting Act B.E. 2543 s.14: 5 years from closing, up to 7 by order",
    ),
    (
        "STM", "Account statement", "ใบแสดงรายการบัญชี", "accounting", 7, "year_end",
        "review", "Accounting Act B.E. 2543 s.14: 5 years from closing, up to 7 by order",
    ),
    (
        "CUS", "Customer document", "เอกสารลูกค้า", "compliance", 5, "relation_end",
        "review", "Anti-Money Laundering Act B.E. 2542 s.22: 5 years from the end of the relationship",
    ),
    (
        "CON", "Contract", "สัญญา", "records", 10, "relation_end",
        "review", "Civil and Commercial Code s.193/30: general prescription of 10 years",
    ),
    (
        "COR", "Correspondence", "จดหมายโต้ตอบ", "records", 5, "year_end",
        "destroy", "House rule, as Accounting Act B.E. 2543 s.14",
    ),
    (
        "ITS", "IT record", "บันทึกงานเทคโนโลยีสารสนเทศ", "itsupport", 2, "year_end",
        "destroy", "Computer Crime Act B.E. 2550 s.26: 90 days, up to 2 years by order",
    ),
]  # fmt: skip
FIELDS = (
    "code", "title_en", "title_th", "owner", "retention_years", "trigger", "disposal", "basis",
)  # fmt: skip


def plan(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    record_class = apps.get_model("records", "RecordClass")
    record_class.objects.bulk_create(
        [record_class(**dict(zip(FIELDS, row, strict=True))) for row in CLASSES]
    )


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial"), ("frame", "0001_initial")]

    operations = [
        append_only("records_document", "records_content", "records_chunk"),
        migrations.RunPython(plan, migrations.RunPython.noop),
    ]
