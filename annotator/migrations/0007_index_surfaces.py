from django.db import migrations

from ner_core.gazetteer import artist_key

CHUNK = 1000
KEY_MAX_CHARS = 300


def index_what_is_there(apps, schema_editor):
    """Titles that wait or are settled already become findable by the words of their spans."""
    item, annotation = apps.get_model("annotator", "QueueItem"), apps.get_model("annotator", "Annotation")
    queued, settled = apps.get_model("annotator", "QueuedSurface"), apps.get_model("annotator", "SettledSurface")
    for row in item.objects.select_related("title", "prediction").iterator(chunk_size=CHUNK):
        keys = keys_of(row.title.text, row.prediction.spans)
        rows = [queued(title_id=row.title_id, key=key, label=label) for key, label in keys]
        queued.objects.bulk_create(rows, ignore_conflicts=True)  # they are there after a way down and up again
    for row in annotation.objects.select_related("title").iterator(chunk_size=CHUNK):
        keys = keys_of(row.title.text, row.spans)
        rows = [settled(annotation_id=row.pk, key=key, label=label) for key, label in keys]
        settled.objects.bulk_create(rows, ignore_conflicts=True)


def keys_of(text, spans):
    pairs = {(artist_key(text[span["start"] : span["end"]]), span["label"]) for span in spans}
    return [(key, label) for key, label in sorted(pairs) if 0 < len(key) <= KEY_MAX_CHARS]


class Migration(migrations.Migration):

    dependencies = [
        ('annotator', '0006_propagation'),
    ]

    operations = [
        migrations.RunPython(index_what_is_there, migrations.RunPython.noop, elidable=True),
    ]
