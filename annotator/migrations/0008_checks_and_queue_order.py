"""Second opinions, adjudication, audit, blind cards and an order of the queue that is stored."""

from django.db import migrations, models
from django.db.models import F


def rank_as_before(apps, schema_editor):
    """What waits already keeps its order: least certain first."""
    apps.get_model("annotator", "QueueItem").objects.update(rank=F("confidence"))


class Migration(migrations.Migration):
    dependencies = [
        ("annotator", "0007_index_surfaces"),
    ]

    operations = [
        migrations.AddField(
            model_name="prediction",
            name="outside_risk",
            field=models.FloatField(default=0.0),
        ),
        migrations.AddField(
            model_name="queueitem",
            name="rank",
            field=models.FloatField(default=0.0, help_text="Place in the queue: the lowest is lent first."),
        ),
        migrations.AddField(
            model_name="queueitem",
            name="cluster",
            field=models.CharField(blank=True, default="", max_length=16),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="queueitem",
            name="blind",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="queueitem",
            name="state",
            field=models.CharField(
                choices=[("waiting", "waiting"), ("adjudication", "adjudication"), ("done", "done")],
                default="waiting",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="verdict",
            name="blind",
            field=models.BooleanField(default=False, help_text="Decided without seeing the model's reading."),
        ),
        migrations.RemoveIndex(
            model_name="queueitem",
            name="queue_item_next",
        ),
        migrations.AddIndex(
            model_name="queueitem",
            index=models.Index(fields=["state", "rank", "id"], name="queue_item_rank"),
        ),
        migrations.AddIndex(
            model_name="queueitem",
            index=models.Index(fields=["cluster", "state"], name="queue_item_cluster"),
        ),
        migrations.RunPython(rank_as_before, migrations.RunPython.noop, elidable=True),
    ]
