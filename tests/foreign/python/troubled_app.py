"""httpbin, with what a bad release does to it: a share of the answers fail, or come late, or it dies soon after the first
user has come. X-Trouble says which share fails whatever the release: as a database does that all releases use."""

import os
import random
import signal
import threading
import time

from httpbin import app as httpbin

FAIL_RATE = float(os.environ.get("FAIL_RATE", "0"))
DELAY_SECONDS = float(os.environ.get("DELAY_SECONDS", "0"))
DIES_AFTER_SECONDS = float(os.environ.get("DIES_AFTER_SECONDS", "0"))
# Probes of its own health find nothing: only users do.
HEALTHY_PATH = "/status/200"


def die():
    # gunicorn's arbiter, which takes its workers along.
    os.kill(os.getppid(), signal.SIGQUIT)


death = threading.Timer(DIES_AFTER_SECONDS, die)
death.daemon = True
meeting = threading.Lock()


def app(environ, start_response):
    if environ["PATH_INFO"] != HEALTHY_PATH and "HTTP_X_MAESTRO_PROBE" not in environ:
        with meeting:
            if DIES_AFTER_SECONDS > 0 and death.ident is None:
                death.start()
        time.sleep(DELAY_SECONDS)
        if random.random() < max(FAIL_RATE, float(environ.get("HTTP_X_TROUBLE", "0"))):
            start_response("500 Internal Server Error", [("content-type", "text/plain")])
            return [b"this release fails\n"]
    return httpbin(environ, start_response)
