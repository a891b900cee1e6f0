import requests


def ask(address):
    # ruleid: certificate-not-checked-in-python
    requests.get(address, timeout=5, verify=False)
    # ok: certificate-not-checked-in-python
    requests.get(address, timeout=5)
