import chat.models.attachments
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0003_usage"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(editable=False)),
                ("name", models.CharField(editable=False, max_length=200)),
                ("media_type", models.CharField(editable=False, max_length=100)),
                ("size", models.PositiveBigIntegerField(editable=False)),
                ("width", models.PositiveIntegerField(blank=True, editable=False, null=True)),
                ("height", models.PositiveIntegerField(blank=True, editable=False, null=True)),
                ("file", models.FileField(editable=False, upload_to=chat.models.attachments.new_place)),
                (
                    "preview",
                    models.FileField(
                        blank=True, default="", editable=False, upload_to=chat.models.attachments.new_place
                    ),
                ),
                ("sha256", models.CharField(editable=False, max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "message",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="chat.message",
                    ),
                ),
            ],
            options={
                "ordering": ["message", "position"],
                "indexes": [models.Index(models.F("created_at"), name="attachment_of_a_day")],
                "constraints": [
                    models.UniqueConstraint(models.F("message"), models.F("position"), name="attachment_has_its_place")
                ],
            },
        ),
    ]
