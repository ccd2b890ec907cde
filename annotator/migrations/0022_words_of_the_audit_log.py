"""More words for what the log tells, and no constraint on them: they grow with the releases."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotator', '0021_audit_log_guarded_on_the_way_back'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='auditentry',
            name='audit_entry_action_known',
        ),
        migrations.AlterField(
            model_name='auditentry',
            name='action',
            field=models.CharField(choices=[('sign_in', 'signed in'), ('sign_in_failed', 'failed to sign in'), ('locked_out', 'was locked out for a while'), ('password_changed', 'changed their password'), ('user_changed', 'changed an account'), ('token_made', 'made a token'), ('token_revoked', 'revoked a token'), ('webhook_added', 'added a webhook'), ('webhook_changed', 'changed a webhook'), ('webhook_removed', 'removed a webhook'), ('limits_set', 'set the limits of the bands'), ('model_promoted', 'made a model live'), ('model_rolled_back', 'went back to an earlier model'), ('model_removed', 'deleted a model'), ('model_downloaded', 'downloaded a model'), ('training_started', 'started a training'), ('import_started', 'imported a file'), ('export_started', 'started an export'), ('export_downloaded', 'downloaded an export'), ('audit_exported', 'downloaded this log'), ('artists_joined', 'joined two artists'), ('join_undone', 'undid the joining of two artists'), ('artist_divided', 'divided an artist'), ('artist_state', 'confirmed or rejected an artist'), ('bulk_done', 'did one thing to many titles'), ('bulk_undone', 'took that back'), ('adjudicated', 'settled a difference'), ('desk_restored', 'restored a backup'), ('person_erased', 'took out a person')], max_length=20),
        ),
    ]
