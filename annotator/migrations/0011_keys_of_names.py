from django.db import migrations

from ner_core.gazetteer import artist_key

CHUNK = 1000
KEY_MAX_CHARS = 300


def renew_keys(apps, schema_editor):
    """Names get the keys that artist_key gives today; artists that now share one and have the same note become one."""
    artist, alias = apps.get_model("annotator", "Artist"), apps.get_model("annotator", "Alias")
    for row in with_another_key(alias):
        alias.objects.filter(pk=row.pk).update(key=artist_key(row.name))
    for row in with_another_key(artist):
        key = artist_key(row.name)
        if twin := artist.objects.filter(key=key, note=row.note).exclude(pk=row.pk).first():
            join(apps, row, twin)
        else:
            artist.objects.filter(pk=row.pk).update(key=key)


def with_another_key(model):
    rows = model.objects.only("pk", "name", "key").order_by("pk").iterator(chunk_size=CHUNK)
    changed = [row.pk for row in rows if row.key != (key := artist_key(row.name)) and len(key) <= KEY_MAX_CHARS]
    return [model.objects.get(pk=pk) for pk in changed]


def join(apps, row, twin):
    """`twin` takes the mentions and spellings of `row`; what a person said of either outlives what nobody did."""
    alias, mention = apps.get_model("annotator", "Alias"), apps.get_model("annotator", "Mention")
    mention.objects.filter(artist=row).update(artist=twin)
    known = set(alias.objects.filter(artist=twin).values_list("name", flat=True)) | {twin.name}
    alias.objects.filter(artist=row).exclude(name__in=known).update(artist=twin)
    if row.name not in known:
        alias.objects.get_or_create(artist=twin, name=row.name, defaults={"key": twin.key, "source": row.source})
    if twin.state == "proposed":
        twin.state, twin.source = row.state, row.source
        twin.save(update_fields=["state", "source"])
    row.delete()


def index_again(apps, schema_editor):
    """Titles become findable by the keys of today; keys of yesterday that nobody asks for any more stay until their title moves on."""
    item, annotation = apps.get_model("annotator", "QueueItem"), apps.get_model("annotator", "Annotation")
    queued, settled = apps.get_model("annotator", "QueuedSurface"), apps.get_model("annotator", "SettledSurface")
    for row in item.objects.exclude(state="done").select_related("title", "prediction").iterator(chunk_size=CHUNK):
        rows = [queued(title_id=row.title_id, key=key, label=label) for key, label in keys_of(row.title.text, row.prediction.spans)]
        queued.objects.bulk_create(rows, ignore_conflicts=True)
    for row in annotation.objects.select_related("title").iterator(chunk_size=CHUNK):
        rows = [settled(annotation_id=row.pk, key=key, label=label) for key, label in keys_of(row.title.text, row.spans)]
        settled.objects.bulk_create(rows, ignore_conflicts=True)


def keys_of(text, spans):
    pairs = {(artist_key(text[span["start"] : span["end"]]), span["label"]) for span in spans}
    return [(key, label) for key, label in sorted(pairs) if 0 < len(key) <= KEY_MAX_CHARS]


class Migration(migrations.Migration):

    dependencies = [
        ('annotator', '0010_bulk_actions_and_assignments'),
    ]

    operations = [
        migrations.RunPython(renew_keys, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(index_again, migrations.RunPython.noop, elidable=True),
    ]
