"""Typed readers of environment variables. A bad value stops the start with a message that names the variable."""

from pathlib import Path

from environs import Env, EnvError, ValidationError

BASE_DIR = Path(__file__).resolve().parents[2]

env = Env()


def read_share(name: str, default: float) -> float:
    """A number in [0, 1]."""
    return env.float(name, default, validate=_in_unit_interval)


def read_secret(name: str) -> str:
    """`NAME`, or the content of the file that `NAME_FILE` points to (Docker and Kubernetes secrets); "" when neither is set."""
    path = env.str(f"{name}_FILE", "")
    if not path:
        return env.str(name, "")
    try:
        return Path(path).read_text(encoding="utf8").strip()
    except OSError as error:
        message = f'Environment variable "{name}_FILE" names a file that cannot be read: {error}'
        raise EnvError(message) from error


def _in_unit_interval(value: float) -> None:
    if not 0 <= value <= 1:
        message = f"must lie between 0 and 1, not {value}"
        raise ValidationError(message)
