"""Lines of JSON with the trace that OpenTelemetry's instrumentation of `logging` puts into each record."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter


def logger(name):
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter("%(levelname)s %(name)s %(message)s"))
    log = logging.getLogger(name)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    return log
