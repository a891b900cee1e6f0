"""Settings from the environment; secrets from files, so that neither logs nor `docker inspect` show them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import overload

SECRETS_DIRECTORY = "/run/secrets"

__all__ = ["ConfigurationError", "flag", "number", "required_secret", "secret", "text"]


class ConfigurationError(Exception):
    """A setting is missing or wrong; the message names it and the way out, never a secret's value."""


def text(name: str, default: str | None = None, env: Mapping[str, str] = os.environ) -> str:
    """An environment variable. Without a default it must be set."""
    value = env.get(name, "")
    if value:
        return value
    if default is None:
        raise ConfigurationError(f"{name}: is not set; set it under `env` of the service")
    return default


def number(name: str, default: float, env: Mapping[str, str] = os.environ) -> float:
    """An environment variable that holds a number."""
    value = env.get(name, "")
    try:
        return float(value) if value else default
    except ValueError:
        raise ConfigurationError(f'{name}: must be a number, got "{value}"') from None


def flag(name: str, env: Mapping[str, str] = os.environ) -> bool:
    """Whether an environment variable is set to anything but nothing and 0."""
    return env.get(name, "") not in ("", "0")


@overload
def secret(name: str, default: str, directory: str | Path | None = ...) -> str: ...
@overload
def secret(name: str, default: None = ..., directory: str | Path | None = ...) -> str | None: ...
def secret(
    name: str, default: str | None = None, directory: str | Path | None = None
) -> str | None:
    """A secret's value from `/run/secrets/<name>` (`MAESTRO_SECRETS_DIRECTORY` moves it), or the default."""
    place = Path(directory or os.environ.get("MAESTRO_SECRETS_DIRECTORY") or SECRETS_DIRECTORY)
    try:
        value = (place / name).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return default
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{place / name}: cannot be read: {type(error).__name__}") from None
    if not value:
        raise ConfigurationError(f"{place / name}: is empty; deliver the secret {name} again")
    return value


def required_secret(name: str, directory: str | Path | None = None) -> str:
    """A secret that the service cannot do without."""
    value = secret(name, None, directory)
    if value is None:
        raise ConfigurationError(f"{name}: no such secret; name it under `secrets` of the service")
    return value
