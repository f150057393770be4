from __future__ import annotations

from django.db import models

from chat.prepared import PreparedRows


class SiteSettings(models.Model):
    """What staff decide for the whole site while it runs. One row, made with the first change."""

    has_assistants = models.BooleanField(
        "assistants answer", default=True, help_text="Off: no assistant answers anywhere, and those that write stop"
    )

    class Meta:
        verbose_name = verbose_name_plural = "site settings"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="site_settings_are_one_row")]

    def __str__(self) -> str:
        return "this site"

    @classmethod
    def current(cls) -> SiteSettings:
        return SETTINGS.instance() or cls(pk=1)


SETTINGS = PreparedRows(lambda: SiteSettings.objects.filter(pk=1))
