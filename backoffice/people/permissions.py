"""Rights from role and department: computed, so that a change of role works at once."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from backoffice.kernel.actors import Role
from backoffice.people.models import Staff

# What everyone at the desk may look at, beside the models of their own department.
SHARED_APPS = {"desk", "reference", "intake"}
READERS_OF_ALL = {Role.MANAGER, Role.AUDITOR}
DESK_ROLES = {Role.CLERK, Role.CHECKER, Role.MANAGER, Role.AUDITOR}


class RoleBackend(ModelBackend):
    """Answers Django's permission questions; writing goes through verbs, which check the actor."""

    def authenticate(self, *args: Any, **kwargs: Any) -> None:
        """Never signs anyone in: allauth does."""
        del args, kwargs

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """View rights: managers and auditors everywhere, others in their department."""
        del obj
        if not isinstance(user_obj, Staff) or not user_obj.is_active:
            return False
        if user_obj.is_superuser:
            return True
        app_label, _dot, codename = perm.partition(".")
        if user_obj.role not in DESK_ROLES or not codename.startswith("view_"):
            return False
        return user_obj.role in READERS_OF_ALL or app_label in SHARED_APPS | {user_obj.department}

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether an app's models show at all."""
        return self.has_perm(user_obj, f"{app_label}.view_any")
