"""What the domain raises. Each has a stable code that pages and the API pass on."""


class LineupDeskError(Exception):
    """A request that the domain refuses. `code` is stable, `message` is for people, `field` names what was wrong."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.field = field


class InvalidTitle(LineupDeskError):
    code = "invalid_title"


class InvalidSpans(LineupDeskError):
    code = "invalid_spans"


class InvalidFile(LineupDeskError):
    code = "invalid_file"


class InvalidExport(LineupDeskError):
    """Codes: unknown_source, unknown_format, snapshot_missing, snapshot_corrupt."""

    code = "invalid_export"


class InvalidBackup(LineupDeskError):
    """Codes: backup_exists, not_a_backup, backup_corrupt, backup_too_new, other_database, unknown_database, desk_not_empty, desk_running,
    database_tool_missing, database_tool_failed."""

    code = "invalid_backup"


class TitleMissing(LineupDeskError):
    code = "title_missing"


class InvalidVerdict(LineupDeskError):
    """Codes: unknown_action, unknown_prediction, no_prediction, comment_too_long."""

    code = "invalid_verdict"


class LeaseLost(LineupDeskError):
    code = "lease_lost"


class VerdictConflict(LineupDeskError):
    code = "verdict_conflict"


class NothingToUndo(LineupDeskError):
    code = "nothing_to_undo"


class NothingToPropagate(LineupDeskError):
    code = "nothing_to_propagate"


class NotDisputed(LineupDeskError):
    """Codes: not_disputed, dispute_changed, incomplete_choices."""

    code = "not_disputed"


class NotAllowed(LineupDeskError):
    code = "not_allowed"


class ModelUnavailable(LineupDeskError):
    code = "model_unavailable"


class DeskBusy(LineupDeskError):
    """More titles wait to be read at once than the desk takes."""

    code = "busy"


class HubUnreachable(LineupDeskError):
    code = "hub_unreachable"


class InvalidToken(LineupDeskError):
    """Codes: unusable_name, name_taken, unknown_scope."""

    code = "invalid_token"


class SignInRefused(LineupDeskError):
    """Codes: no_role, no_account, account_closed, use_password."""

    code = "sign_in_refused"


class InvalidWebhook(LineupDeskError):
    """Codes: not_an_address, address_not_allowed, no_events, too_many."""

    code = "invalid_webhook"


class InvalidBulkAction(LineupDeskError):
    """Codes: nothing_chosen, too_many, unknown_assignee, no_such_action."""

    code = "invalid_bulk_action"


class InvalidKeys(LineupDeskError):
    """Codes: unknown_action, unknown_key, too_many_keys, key_taken; `field` is the action."""

    code = "invalid_keys"


class InvalidArtist(LineupDeskError):
    """Codes: unknown_state, unknown_kind, unusable_name, unusable_country, same_artist, artist_missing, merge_missing, name_taken,
    nothing_chosen."""

    code = "invalid_artist"


class InvalidCheckpoint(LineupDeskError):
    """Codes: artifact_missing, artifact_incompatible, artifact_corrupt, unusable_name, hub_refused, no_safetensors, file_not_written."""

    code = "invalid_checkpoint"


class InvalidTraining(LineupDeskError):
    """Codes: too_few_titles, not_in_range, unknown_source, unknown_label, not_calibrated_on."""

    code = "invalid_training"


class JobCancelled(LineupDeskError):
    """Somebody stopped the work that runs."""

    code = "job_cancelled"


class GateRefused(LineupDeskError):
    """Codes: not_compared, worse, too_few_gold, model_in_use, no_such_title, unknown_choice."""

    code = "gate_refused"


class InvalidLimits(LineupDeskError):
    """Codes: not_a_share, out_of_order, unknown_label, note_too_long, limits_changed."""

    code = "invalid_limits"


class IdempotencyConflict(LineupDeskError):
    code = "idempotency_key_reused"
