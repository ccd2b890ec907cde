"""The closed sets of words that rows are in. Values are stored: never change one, only add."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Label(TextChoices):
    PER = "PER", _("performer")
    LOC = "LOC", _("place")
    ORG = "ORG", _("organisation")
    MISC = "MISC", _("event information")
    DATE = "DATE", _("date and time")


class Band(TextChoices):
    HIGH = "high", _("high")
    MIDDLE = "middle", _("middle")
    LOW = "low", _("low")


class Role(TextChoices):
    """Staff, and the accounts of client services, which have no password and use the API only."""

    REVIEWER = "reviewer", _("reviewer")
    LEAD = "lead", _("lead")
    ADMIN = "admin", _("admin")
    CLIENT = "client", _("client service")


class Area(TextChoices):
    """The parts of the API: what roles may use them, and what a token may be limited to."""

    PREDICT = "predict", _("reading titles")
    BATCHES = "batches", _("batches")
    ARTISTS = "artists", _("looking up artists")
    MODELS = "models", _("model versions")
    TITLES = "titles", _("stored titles")
    ARTIST_ENTRY = "artist_entry", _("entering artists")
    ARTIST_MERGES = "artist_merges", _("joining artists")
    SNAPSHOTS = "snapshots", _("data sets")
    METRICS = "metrics", _("figures for Prometheus")


class TitleState(TextChoices):
    """new -> waiting -> settled; new -> settled when the model is sure; flagged titles wait for a lead."""

    NEW = "new", _("to be tagged")
    WAITING = "waiting", _("waiting for review")
    SETTLED = "settled", _("settled")
    FLAGGED = "flagged", _("flagged")


class Source(TextChoices):
    """Where a title came from."""

    PAGE = "page", _("page upload")
    CLI = "cli", _("command line")
    REST = "rest", _("REST")
    DEMO = "demo", _("demo titles")


class AnnotationSource(TextChoices):
    """How the settled reading of a title came about."""

    AUTO = "auto", _("automatic")
    REVIEWED = "reviewed", _("reviewed")
    AGREED = "agreed", _("agreed")
    ADJUDICATED = "adjudicated", _("adjudicated")
    PROPAGATED = "propagated", _("propagated")
    IMPORTED = "imported", _("imported as gold")
    TAUGHT = "taught", _("imported for training")


class Action(TextChoices):
    """What a verdict says."""

    ACCEPT = "accept", _("accept")
    CORRECT = "correct", _("correct")
    NOTHING = "nothing", _("nothing here")
    SKIP = "skip", _("skip")
    FLAG = "flag", _("flag")
    UNDO = "undo", _("undo")


class QueueReason(TextChoices):
    """Why a title is in the review queue."""

    MIDDLE = "middle", _("middle confidence")
    LOW = "low", _("low confidence")
    AUDIT = "audit", _("audit")
    RETURNED = "returned", _("returned")


class QueueState(TextChoices):
    """waiting -> done; waiting -> adjudication -> done where two readings differ."""

    WAITING = "waiting", _("waiting")
    ADJUDICATION = "adjudication", _("adjudication")
    DONE = "done", _("done")


class BulkKind(TextChoices):
    """What a lead does to many titles in one step."""

    ASSIGN = "assign", _("assigned")
    ACCEPT = "accept", _("accepted in bulk")
    RETURN = "return", _("sent back")


class QueueStrategy(TextChoices):
    """In which order waiting titles are read: setting QUEUE_STRATEGY."""

    MIXED = "mixed", _("mixed")
    UNCERTAIN = "uncertain", _("least certain first")
    DIVERSE = "diverse", _("new kinds of titles first")
    RANDOM = "random", _("random")


class ArtistKind(TextChoices):
    PERSON = "person", _("person")
    GROUP = "group", _("group")
    DJ = "dj", _("DJ")
    ORCHESTRA = "orchestra", _("orchestra")
    COMEDIAN = "comedian", _("comedian")
    TEAM = "team", _("team")
    COMPANY = "company", _("company")
    OTHER = "other", _("other")


class ArtistState(TextChoices):
    PROPOSED = "proposed", _("proposed")
    CONFIRMED = "confirmed", _("confirmed")
    REJECTED = "rejected", _("rejected")


class ArtistSource(TextChoices):
    """Where an artist or a spelling came from. What only a mention brought goes away with it."""

    MENTION = "mention", _("seen in a title")
    PERSON = "person", _("entered by a person")
    IMPORTED = "imported", _("imported")


class LinkHow(TextChoices):
    """Why a mention belongs to its artist."""

    KEY = "key", _("same name")
    CONTEXT = "context", _("same name, told apart by what stands around it")
    PERSON = "person", _("chosen by a person")


class ModelState(TextChoices):
    CANDIDATE = "candidate", _("candidate")
    ACTIVE = "active", _("active")
    RETIRED = "retired", _("retired")


class ModelOrigin(TextChoices):
    STARTER = "starter", _("starter")
    ADDED = "added", _("added from a directory")
    PULLED = "pulled", _("pulled from a hub")
    TRAINED = "trained", _("trained here")


class Side(TextChoices):
    """What a line of a snapshot may be used for."""

    TRAIN = "train", _("training")
    DEV = "dev", _("early stopping and calibration")
    GOLD = "gold", _("gold: comparing models")
    WITHHELD = "withheld", _("not used: of the same family as a gold title")


class JobKind(TextChoices):
    IMPORT = "import", _("import")
    EXPORT = "export", _("export")
    TRAIN = "train", _("training")
    COMPARE = "compare", _("comparison")
    RETAG = "retag", _("reading the queue again")


class JobState(TextChoices):
    """queued -> running -> done | failed | cancelled; a job never leaves the last three."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class ExportFormat(TextChoices):
    JSONL = "jsonl", "JSONL"
    CONLL = "conll", "CoNLL-2003"
    CSV = "csv", "CSV"
    PARQUET = "parquet", _("Parquet for Hugging Face datasets")
    SPACY = "spacy", "spaCy DocBin"
    LABELSTUDIO = "labelstudio", "Label Studio"
    DOCCANO = "doccano", "doccano"


class AuditAction(TextChoices):
    """What the audit log tells of."""

    SIGN_IN = "sign_in", _("signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("failed to sign in")
    LOCKED_OUT = "locked_out", _("was locked out for a while")
    PASSWORD_CHANGED = "password_changed", _("changed their password")
    USER_CHANGED = "user_changed", _("changed an account")
    TOKEN_MADE = "token_made", _("made a token")
    TOKEN_REVOKED = "token_revoked", _("revoked a token")
    WEBHOOK_ADDED = "webhook_added", _("added a webhook")
    WEBHOOK_CHANGED = "webhook_changed", _("changed a webhook")
    WEBHOOK_REMOVED = "webhook_removed", _("removed a webhook")
    LIMITS_SET = "limits_set", _("set the limits of the bands")
    MODEL_PROMOTED = "model_promoted", _("made a model live")
    MODEL_ROLLED_BACK = "model_rolled_back", _("went back to an earlier model")
    MODEL_REMOVED = "model_removed", _("deleted a model")
    MODEL_DOWNLOADED = "model_downloaded", _("downloaded a model")
    TRAINING_STARTED = "training_started", _("started a training")
    IMPORT_STARTED = "import_started", _("imported a file")
    EXPORT_STARTED = "export_started", _("started an export")
    EXPORT_DOWNLOADED = "export_downloaded", _("downloaded an export")
    AUDIT_EXPORTED = "audit_exported", _("downloaded this log")
    ARTISTS_JOINED = "artists_joined", _("joined two artists")
    JOIN_UNDONE = "join_undone", _("undid the joining of two artists")
    ARTIST_DIVIDED = "artist_divided", _("divided an artist")
    ARTIST_STATE = "artist_state", _("confirmed or rejected an artist")
    BULK_DONE = "bulk_done", _("did one thing to many titles")
    BULK_UNDONE = "bulk_undone", _("took that back")
    ADJUDICATED = "adjudicated", _("settled a difference")
    DESK_RESTORED = "desk_restored", _("restored a backup")
    PERSON_ERASED = "person_erased", _("took out a person")


class WebhookEvent(TextChoices):
    """What a webhook may be told. `ping` is a trial that a lead sends by hand."""

    TITLE_SETTLED = "title.settled", _("titles were settled")
    BATCH_DONE = "batch.done", _("a batch was read to its end")
    MODEL_PROMOTED = "model.promoted", _("another model is live")
    DESK_ALERT = "desk.alert", _("something needs looking after")
    PING = "ping", _("a trial")


class DeliveryState(TextChoices):
    """waiting -> delivered | failed; a failed one may be sent again."""

    WAITING = "waiting", _("waiting")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")


class AlertCode(TextChoices):
    """What leads are told to look after."""

    QUEUE_AGE = "queue_age", _("titles wait too long")
    AUDIT_ERROR = "audit_error", _("too much of what is settled automatically is wrong")
    TAGGING_LATE = "tagging_late", _("titles wait too long to be read")
    WEBHOOK_FAILING = "webhook_failing", _("a webhook cannot be told")
