"""Tokens that services sign for each other: HMAC-SHA256 over claims with an end."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from maestro_core_config import required_secret

__all__ = ["InvalidToken", "issue", "signing_key", "verify"]

MIN_KEY_BYTES = 32


class InvalidToken(Exception):
    """The token was not signed with this key, has ended, or is none at all."""


def signing_key() -> bytes:
    """The key that all services of a stack share: the secret SERVICE_TOKEN_KEY."""
    return required_secret("SERVICE_TOKEN_KEY").encode()


def issue(subject: str, key: bytes, lifetime_seconds: float = 300, now: float | None = None) -> str:
    """A token that says who asks. `key` must have at least 32 bytes."""
    claims = {"sub": subject, "exp": (time.time() if now is None else now) + lifetime_seconds}
    body = _encode(json.dumps(claims, separators=(",", ":")).encode())
    return f"{body}.{_encode(_sign(body, key))}"


def verify(token: str, key: bytes, now: float | None = None) -> str:
    """The subject of a token that holds; raises InvalidToken for every other one."""
    body, _, signature = token.partition(".")
    try:
        given = _decode(signature)
    except ValueError:
        raise InvalidToken("not a token") from None
    if not hmac.compare_digest(given, _sign(body, key)):
        raise InvalidToken("not signed with this key")
    claims: dict[str, Any] = json.loads(_decode(body))
    if claims["exp"] <= (time.time() if now is None else now):
        raise InvalidToken("has ended")
    return str(claims["sub"])


def _sign(body: str, key: bytes) -> bytes:
    if len(key) < MIN_KEY_BYTES:
        raise ValueError(f"key: must have at least {MIN_KEY_BYTES} bytes, got {len(key)}")
    return hmac.new(key, body.encode(), hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
