"""httpbin, with what a bad release does to it: a share of the answers fail, or come late."""

import os
import random
import time

from httpbin import app as httpbin

FAIL_RATE = float(os.environ.get("FAIL_RATE", "0"))
DELAY_SECONDS = float(os.environ.get("DELAY_SECONDS", "0"))
# Probes of its own health find nothing: only users do.
HEALTHY_PATH = "/status/200"


def app(environ, start_response):
    if environ["PATH_INFO"] != HEALTHY_PATH:
        time.sleep(DELAY_SECONDS)
        if random.random() < FAIL_RATE:
            start_response("500 Internal Server Error", [("content-type", "text/plain")])
            return [b"this release fails\n"]
    return httpbin(environ, start_response)
