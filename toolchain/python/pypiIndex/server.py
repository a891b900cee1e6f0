"""pypiserver under the path that a Nexus would have, behind a login; other packages are the upstream index's."""

import hashlib
import hmac
import logging
import os
import re
from pathlib import Path

import pypiserver
import waitress

PREFIX = "/repository/pypi-hosted"
LOGIN = Path("/run/maestro/login")

upstream = os.environ.get("UPSTREAM_INDEX", "")
# Names that are looked up here only: whoever takes one of them in a public index gets nothing from it.
private = re.compile(os.environ.get("PRIVATE_PACKAGES") or r"(?!)")


def may_enter(user, password):
    """The file holds `user:<sha256 of the password>`; passwords are generated and long, so no slow hash is needed."""
    wanted_user, _, wanted_hash = LOGIN.read_text().strip().partition(":")
    given_hash = hashlib.sha256(password.encode()).hexdigest()
    return hmac.compare_digest(user.encode(), wanted_user.encode()) and hmac.compare_digest(given_hash, wanted_hash)


logging.getLogger("waitress.queue").setLevel(logging.ERROR)

index = pypiserver.app(
    root="/packages",
    authenticate=["update", "download", "list"],
    auther=may_enter,
    hash_algo="sha256",
    overwrite=False,
    fallback_url=upstream or "http://localhost/",
    disable_fallback=not upstream,
    health_endpoint="/health",
)


def serve(environ, start_response):
    project = re.match(r"/simple/([^/]+)/?$", environ["PATH_INFO"])
    index._pypiserver_config.disable_fallback = not upstream or bool(project and private.match(project[1]))
    return index(environ, start_response)


# One thread: the line above is per request. Redirects and small files leave it idle nearly always.
waitress.serve(serve, listen="0.0.0.0:8080", url_prefix=PREFIX, threads=1, ident=None)
