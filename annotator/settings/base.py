"""Settings that every way of running shares. Each variable is described in docs/settings.md; a test holds the two together."""

from datetime import timedelta
from urllib.parse import quote

import dj_database_url
from csp.constants import NONE, SELF
from django_guid.integrations import CeleryIntegration

from annotator.settings.env import BASE_DIR, env, read_choice, read_rate, read_secret, read_share
from annotator.settings.schedule import Every
from annotator.settings.sockets import short_socket_path
from ner_core.engines import ENGINES, FASTEST

VAR_DIR = env.path("VAR_DIR", BASE_DIR / "var").absolute()
MODELS_DIR = env.path("MODELS_DIR", VAR_DIR / "models")
UPLOADS_DIR = VAR_DIR / "uploads"
EXPORTS_DIR = VAR_DIR / "exports"
TRAINING_DIR = VAR_DIR / "training"
SNAPSHOTS_DIR = VAR_DIR / "snapshots"
STARTER_DIR = env.path("STARTER_DIR", BASE_DIR / "ner_core" / "starter")

SECRET_KEY = read_secret("SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "annotator.apps.AnnotatorConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_guid",
    "axes",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
]
MIDDLEWARE = [
    "annotator.request_times.RequestTimesMiddleware",
    "django_guid.middleware.guid_middleware",
    "django.middleware.security.SecurityMiddleware",
    "annotator.web.permissions_policy.PermissionsPolicyMiddleware",
    "annotator.web.service_calls.PageFilesMiddleware",
    "annotator.web.service_calls.PageCompressionMiddleware",
    "annotator.web.service_calls.ContentPolicyMiddleware",
    "annotator.web.service_calls.PageSessionMiddleware",
    "annotator.web.language.UserLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "annotator.web.charset.Utf8FormsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "annotator.web.service_calls.PageAuthenticationMiddleware",
    "annotator.web.service_calls.PageMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "annotator.web.service_calls.PageHtmxMiddleware",
    "annotator.web.origin.OriginMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "annotator.urls"
WSGI_APPLICATION = "annotator.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "annotator.web.context.desk",
            ],
        },
    },
]

# SQLite takes the write lock when a transaction begins (IMMEDIATE): a read that later writes can then never die of "database is locked".
SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728; "
        "PRAGMA journal_size_limit=27103364; PRAGMA cache_size=2000;"
    ),
}
DATABASE_URL = read_secret("DATABASE_URL") or f"sqlite:///{quote(str(VAR_DIR / 'db.sqlite3'))}"
DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
    VAR_DIR.mkdir(parents=True, exist_ok=True)  # SQLite makes the file, but not its directory

# On PostgreSQL: how long a migration waits for a lock before it gives up and is tried again.
MIGRATE_LOCK_SECONDS = env.float("MIGRATE_LOCK_SECONDS", 5.0)

# Where the web server listens: `manage.py up` and gunicorn.conf.py read it.
BIND = env.str("BIND", "127.0.0.1:8000")

# Without REDIS_URL the supervisor (`manage.py up`) runs an embedded Valkey on this unix socket.
BROKER_SOCKET = env.path("BROKER_SOCKET", short_socket_path(VAR_DIR / "broker.sock"))
REDIS_URL = read_secret("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL or f"unix://{quote(str(BROKER_SOCKET))}?db=1",
        "KEY_PREFIX": "lineup",
    },
}
CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{quote(str(BROKER_SOCKET))}"
# Above the longest task: a message older than this runs a second time. The supervisor returns lost work at start.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": env.int("TASK_VISIBILITY_SECONDS", 6 * 3600),
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    # A broker whose machine is gone, or that hangs, must not hold up a request for minutes: sending waits for this four times at the most
    # (measured on an open connection: the message, twice the connecting, the message again).
    "socket_connect_timeout": 5,
    "socket_timeout": 5,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "tag"
CELERY_TASK_ROUTES = {
    "lineup.tag.import_file": {"queue": "import"},  # a small upload must not wait behind the tagging of a big one
    "lineup.export.*": {"queue": "export"},
    "lineup.train.*": {"queue": "train"},
    "lineup.hook.*": {"queue": "hook"},  # receivers may be slow
}
CELERY_TASK_TIME_LIMIT = env.int("TASK_TIME_LIMIT_SECONDS", 3600)
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", 2)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
# Work that the broker lost is found again in the database: what has waited for RECOVERY_SECONDS, what ran silently for longer.
RECOVERY_SECONDS = env.int("RECOVERY_SECONDS", 60)
RECOVERY_TITLES = env.int("RECOVERY_TITLES", 20_000)
JOB_SILENT_SECONDS = env.int("JOB_SILENT_SECONDS", 900)
# Other services are told what happened. Off: only https to public addresses.
WEBHOOK_SECONDS = env.int("WEBHOOK_SECONDS", 10)
WEBHOOK_KEEP_DAYS = env.int("WEBHOOK_KEEP_DAYS", 30)
WEBHOOK_PRIVATE_ADDRESSES = env.bool("WEBHOOK_PRIVATE_ADDRESSES", False)
WEBHOOKS_MOST = env.int("WEBHOOKS_MOST", 50)
# What leads are told to look after; 0: never.
ALERT_SECONDS = env.int("ALERT_SECONDS", 60)
ALERT_QUEUE_HOURS = env.float("ALERT_QUEUE_HOURS", 72.0)
ALERT_TAG_MINUTES = env.float("ALERT_TAG_MINUTES", 120.0)
ALERT_AUDIT_ERROR = read_share("ALERT_AUDIT_ERROR", 0.1)
ALERT_MAIL = env.list("ALERT_MAIL", [])
DESK_URL = env.str("DESK_URL", "")
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = read_secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "lineup-desk@localhost")
CELERY_IMPORTS = ["annotator.heartbeat", "annotator.worker_stop", "annotator.beat_watch"]
WORKER_STOP_SECONDS = env.float("WORKER_STOP_SECONDS", 0.0)
WORKER_ALIVE_FILE = env.str("WORKER_ALIVE_FILE", "")
CELERY_BEAT_SCHEDULE = {
    "recover-lost-work": {
        "task": "lineup.tag.recover_lost_work",
        "schedule": Every(RECOVERY_SECONDS),
    },
    "train-on-schedule": {
        "task": "lineup.tag.train_on_schedule",
        "schedule": Every(3600),
    },
    "settle-lone-opinions": {
        "task": "lineup.tag.settle_lone_opinions",
        "schedule": Every(3600),
    },
    "tell-webhooks": {
        "task": "lineup.hook.tell",
        "schedule": Every(WEBHOOK_SECONDS),
        "options": {"expires": WEBHOOK_SECONDS},  # a desk without a worker for them piles none up
    },
    "check-alerts": {
        "task": "lineup.hook.check_alerts",
        "schedule": Every(ALERT_SECONDS),
        "options": {"expires": ALERT_SECONDS},
    },
    "forget-old-messages": {
        "task": "lineup.hook.forget_old",
        "schedule": Every(6 * 3600),
    },
}

AUTH_USER_MODEL = "annotator.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Single sign-on, where OIDC_ISSUER names a service.
OIDC_ISSUER = env.str("OIDC_ISSUER", "")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = read_secret("OIDC_CLIENT_SECRET")
OIDC_NAME = env.str("OIDC_NAME", "")
OIDC_SCOPES = env.str("OIDC_SCOPES", "openid email profile")
OIDC_ROLE_CLAIM = env.str("OIDC_ROLE_CLAIM", "groups")
OIDC_ROLES = env.dict("OIDC_ROLES", {})
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "review"
LOGOUT_REDIRECT_URL = "sign_in"
AXES_FAILURE_LIMIT = env.int("SIGN_IN_FAILURES", 10)
AXES_COOLOFF_TIME = timedelta(seconds=env.int("SIGN_IN_PAUSE_SECONDS", 900))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_VERBOSE = False

LANGUAGE_CODE = env.str("LANGUAGE_CODE", "en")
LANGUAGES = [("en", "English"), ("fr", "Français"), ("nl", "Nederlands")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    },
}
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 200 * 1024 * 1024)
FILE_UPLOAD_HANDLERS = [
    "annotator.web.uploads.QuotaUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("REQUEST_MAX_BYTES", 32 * 1024 * 1024)

API_RATE = read_rate("API_RATE", "6000/min")
METRICS_OPEN = env.bool("METRICS_OPEN", False)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "annotator.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["annotator.api.permissions.MatrixPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["annotator.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "annotator.api.pagination.DeskPagination",
    "DEFAULT_THROTTLE_CLASSES": ["annotator.api.throttles.TokenThrottle"],
    "DEFAULT_VERSIONING_CLASS": None,
    "EXCEPTION_HANDLER": "annotator.api.errors.answer_exception",
    "PAGE_SIZE": 100,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
}
REST_KNOX = {
    "TOKEN_TTL": None,
    "TOKEN_PREFIX": "lud_",
    "AUTO_REFRESH": False,
    "TOKEN_MODEL": "annotator.ApiToken",
}
KNOX_TOKEN_MODEL = "annotator.ApiToken"  # noqa: S105  a model, not a secret
# Without this knox makes a token table of its own that nothing uses, and that keeps PostgreSQL from emptying test databases.
MIGRATION_MODULES = {"knox": None}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lineup Desk",
    "DESCRIPTION": (
        'Line-ups read from event titles. Every error looks the same: `{"error": {"code", "message", "field"?, "items"?}}`; '
        "a method that a route does not have is answered with 405 and `Allow`. Guide: docs/api.md."
    ),
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SORT_OPERATIONS": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "annotator.api.schema.document_errors",
    ],
    "ENUM_NAME_OVERRIDES": {
        "Band": "annotator.enums.Band",
        "Label": "annotator.enums.Label",
        "TitleState": "annotator.enums.TitleState",
        "AnnotationSource": "annotator.enums.AnnotationSource",
        "ArtistKind": "annotator.enums.ArtistKind",
        "ArtistState": "annotator.enums.ArtistState",
        "ModelState": "annotator.enums.ModelState",
        "ModelOrigin": "annotator.enums.ModelOrigin",
        "PartState": "annotator.api.serializers.health.PartState",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request": {"()": "django_guid.log_filters.CorrelationId", "correlation_id_field": "request_id"},
        "no_housekeeping": {"()": "annotator.settings.quiet_logs.NoHousekeeping"},
    },
    "formatters": {
        "line": {"format": "%(levelname)s %(name)s: %(message)s"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s %(process)d",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request", "no_housekeeping"],
            "formatter": read_choice("LOG_FORMAT", "line", ("line", "json")),
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    # `models pull` would log every request, and django_guid every id.
    "loggers": {"httpx2": {"level": "WARNING"}, "django_guid": {"level": "ERROR"}},
}
# The id of a request goes with the tasks that it asks for; one that the proxy gave is kept if it is a UUID.
DJANGO_GUID = {"GUID_HEADER_NAME": "X-Request-ID", "INTEGRATIONS": [CeleryIntegration()], "EXPOSE_HEADER": False}
SENTRY_DSN = read_secret("SENTRY_DSN")

# The way of a title
TITLE_MAX_CHARS = env.int("TITLE_MAX_CHARS", 2000)
BATCH_MAX_TITLES = env.int("BATCH_MAX_TITLES", 10_000)
TAG_CHUNK = env.int("TAG_CHUNK", 512)
HUB_TIMEOUT_SECONDS = env.float("HUB_TIMEOUT_SECONDS", 10.0)
TAGGER_THREADS = env.int("TAGGER_THREADS", 1)
TAGGER_ENGINE = read_choice("TAGGER_ENGINE", FASTEST, ENGINES)
N_BEST = env.int("N_BEST", 3)
PREDICT_QUEUE = env.int("PREDICT_QUEUE", 2000)
PREDICT_REMEMBERED = env.int("PREDICT_REMEMBERED", 2000)
PREDICT_PATIENCE_SECONDS = env.float("PREDICT_PATIENCE_SECONDS", 30.0)
BAND_HIGH = read_share("BAND_HIGH", 0.90)
BAND_MIDDLE = read_share("BAND_MIDDLE", 0.60)
BAND_HIGH_PER_LABEL = env.dict("BAND_HIGH_PER_LABEL", {}, subcast_values=float)
PROPAGATION_AUDIT_SHARE = read_share("PROPAGATION_AUDIT_SHARE", 0.05)
AUDIT_SHARE = read_share("AUDIT_SHARE", 0.03)
BLIND_SHARE = read_share("BLIND_SHARE", 0.02)
SECOND_OPINION = env.bool("SECOND_OPINION", True)
SECOND_LOOK_SCORE = read_share("SECOND_LOOK_SCORE", 0.97)
TEAM_DAYS = env.int("TEAM_DAYS", 7)
REVISION = env.str("REVISION", "")
SPLIT_SEED = env.str("SPLIT_SEED", "lineup")
DEV_SHARE = read_share("DEV_SHARE", 0.2)
TRAIN_EVERY_DAYS = env.int("TRAIN_EVERY_DAYS", 0)
TRAIN_NEW_TITLES = env.int("TRAIN_NEW_TITLES", 200)
TRAIN_THREADS = env.int("TRAIN_THREADS", 0)
TRAIN_MIN_TITLES = env.int("TRAIN_MIN_TITLES", 50)
GATE_MIN_TITLES = env.int("GATE_MIN_TITLES", 50)
KNOWN_NAMES = env.bool("KNOWN_NAMES", True)
QUEUE_STRATEGY = read_choice("QUEUE_STRATEGY", "mixed", ("mixed", "uncertain", "diverse", "random"))
LEASE_SECONDS = env.int("LEASE_SECONDS", 180)
LEASE_CARDS = env.int("LEASE_CARDS", 20)
STARTER_DEMO_TITLES = BASE_DIR / "annotator" / "demo" / "titles.txt"
