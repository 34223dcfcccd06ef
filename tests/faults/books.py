"""Everything that the house keeps, row by row, without surrogate keys and clock times.

Two runs are equal when these are equal. A foreign key stands as the natural content of the row it
points to, so a run that gave other numbers to the same rows is the same run.
"""

from typing import Any

from django.apps import apps
from django.db import models

# Rows that are named by their number, without a foreign key.
NAMED_BY_NUMBER = {"window_id": "settlement.Window", "entry_id": "accounting.Entry"}
# Acts and work on the desk name their subject by its kind and number.
SUBJECTS = {"settlement.trade": "settlement.Trade"}


def snapshot() -> dict[str, list[Any]]:
    """Table → sorted rows, for every table that the house has."""
    found: dict[str, list[Any]] = {}
    natural: dict[type[models.Model], dict[Any, Any]] = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            rows = _rows(model, natural).values()
            found[model._meta.db_table] = sorted(rows, key=repr)
    return found


def _rows(model: type[models.Model], natural: dict[type[models.Model], dict[Any, Any]]):
    if model in natural:
        return natural[model]
    natural[model] = {}
    fields = [f for f in model._meta.concrete_fields if not _is_surrogate(f)]
    names = [f.attname for f in fields]
    for pk, *values in model._default_manager.values_list("pk", *names):
        told = dict(zip(names, values, strict=True))
        natural[model][pk] = tuple(
            (field.name, _natural(field, told[field.attname], model, natural, told))
            for field in fields
        )
    return natural[model]


def _natural(field, value, model, natural, told):
    subject = SUBJECTS.get(told.get("subject_kind"))
    if field.name in {"subject_ref", "subject_id"} and value.isdigit():
        return _rows(apps.get_model(subject), natural)[int(value)] if subject else "a number"
    if value is not None and field.name in NAMED_BY_NUMBER:
        return _rows(apps.get_model(NAMED_BY_NUMBER[field.name]), natural)[value]
    if value is None or not field.is_relation:
        return _without_surrogates(field.name, value)
    target = field.related_model
    if target is model or value == 0:
        # A row of the same table (a reversal, a later version): its own content tells enough.
        return bool(value)
    return _rows(target, natural).get(value, value)


def _without_surrogates(name: str, value: Any) -> Any:
    """Texts and JSON that name a row by its number lose that number."""
    if isinstance(value, memoryview):
        return bytes(value).hex()
    if isinstance(value, dict):
        told = {key: item for key, item in value.items() if not f"_{key}".endswith("_id")}
        named = {key for key in ("subject", "subject_ref") if str(told.get(key, "")).isdigit()}
        return told | dict.fromkeys(named, "a number")
    return value


def _is_surrogate(field: models.Field) -> bool:
    if isinstance(field, models.DateTimeField):
        return True
    return field.primary_key and isinstance(field, models.AutoField | models.BigAutoField)
