from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.actors import Department, Role


class Site(models.Model):
    """A place of work: head office, a branch, a home, or a firm that works for us abroad."""

    class Kind(models.TextChoices):
        HEAD_OFFICE = "head_office", _("head office")
        BRANCH = "branch", _("branch")
        HOME = "home", _("home")
        OFFSHORE = "offshore", _("outsourced / offshore")

    code = models.SlugField(_("code"), unique=True)
    name_en = models.CharField(_("name (English)"), max_length=120)
    name_th = models.CharField(_("name (Thai)"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Bangkok")

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")

    def __str__(self) -> str:
        return self.name_en


class Staff(AbstractUser):
    """A person who signs in: portal and desk alike."""

    class Roles(models.TextChoices):
        FRONT_OFFICE = Role.FRONT_OFFICE.value, _("front office")
        CLERK = Role.CLERK.value, _("clerk")
        CHECKER = Role.CHECKER.value, _("checker")
        MANAGER = Role.MANAGER.value, _("manager")
        AUDITOR = Role.AUDITOR.value, _("auditor")
        INTEGRATOR = Role.INTEGRATOR.value, _("integrator")

    class Departments(models.TextChoices):
        FRONT_OFFICE = Department.FRONT_OFFICE.value, _("front office")
        ACCOUNTING = Department.ACCOUNTING.value, _("accounting")
        SETTLEMENT = Department.SETTLEMENT.value, _("settlement")
        RECORDS = Department.RECORDS.value, _("records")
        COMPLIANCE = Department.COMPLIANCE.value, _("compliance")
        IT_SUPPORT = Department.IT_SUPPORT.value, _("IT support")

    role = models.CharField(_("role"), max_length=20, choices=Roles, default=Roles.FRONT_OFFICE)
    department = models.CharField(
        _("department"), max_length=20, choices=Departments, default=Departments.FRONT_OFFICE
    )
    site = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("site")
    )
    name_th = models.CharField(_("name in Thai"), max_length=150, blank=True)
    language = models.CharField(
        _("language"), max_length=5, choices=[("th", "ไทย"), ("en", "English")], default="th"
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Bangkok")

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class ApiToken(models.Model):
    """An integrator's token: only its SHA-256 is kept; it ends on a date."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="+", verbose_name=_("staff"))
    label = models.CharField(_("label"), max_length=80)
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.label
