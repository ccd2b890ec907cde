"""What numbers and words a setting may have. One that is not named here must be 0 or more."""

LEAST = 0.0
# Lowest and highest; None: no end.
LIMITS: dict[str, tuple[float, float | None]] = {
    "ALERT_SECONDS": (5, 24 * 3600),
    "BATCH_MAX_TITLES": (1, 1_000_000),
    "EMAIL_PORT": (1, 65_535),
    "HSTS_SECONDS": (0, None),
    "HUB_TIMEOUT_SECONDS": (1, 600),
    "JOB_SILENT_SECONDS": (10, None),
    "LEASE_CARDS": (1, 500),
    "LEASE_SECONDS": (30, 24 * 3600),
    "MIGRATE_LOCK_SECONDS": (0.1, 600),
    "N_BEST": (1, 10),
    "RECOVERY_SECONDS": (1, 24 * 3600),
    "RECOVERY_TITLES": (1, None),
    "REQUEST_MAX_BYTES": (1024, 1 << 30),
    "SIGN_IN_FAILURES": (1, 1000),
    "SIGN_IN_PAUSE_SECONDS": (1, None),
    "TAGGER_THREADS": (1, 256),
    "TAG_CHUNK": (1, 10_000),
    "TASK_TIME_LIMIT_SECONDS": (10, None),
    "TASK_VISIBILITY_SECONDS": (10, None),
    "TEAM_DAYS": (1, 366),
    "TITLE_MAX_CHARS": (10, 100_000),
    "TRAIN_MIN_TITLES": (1, None),
    "TRAIN_NEW_TITLES": (1, None),
    "TRAIN_THREADS": (0, 256),
    "UPLOAD_MAX_BYTES": (1024, None),
    "WEBHOOKS_MOST": (0, 1000),
    "WEBHOOK_KEEP_DAYS": (1, 3660),
    "WEBHOOK_SECONDS": (1, 3600),
    "WEB_CONCURRENCY": (1, 256),
    "WEB_THREADS": (1, 1024),
    "WEB_TIMEOUT_SECONDS": (1, 24 * 3600),
    "WORKER_CONCURRENCY": (1, 256),
}
WORDS: dict[str, tuple[str, ...]] = {
    "LANGUAGE_CODE": ("en", "fr", "nl"),
    "LOG_LEVEL": ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
}


def problem_of(name: str, value: float | str) -> str:
    """What is wrong with a value that could be read, or ""."""
    if isinstance(value, str):
        words = WORDS.get(name, (value,))
        return "" if value in words else f"must be one of {', '.join(words)}, not {value}"
    lowest, highest = LIMITS.get(name, (LEAST, None))
    if value < lowest or (highest is not None and value > highest):
        span = f"{lowest:g} or more" if highest is None else f"between {lowest:g} and {highest:g}"
        return f"must be {span}, not {value:g}"
    return ""
