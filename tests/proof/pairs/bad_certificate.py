import warnings

import requests
from clients import log, login

CAUGHT = ("SFC-AUTH-08", "unverified-line-used")


def survives():
    try:
        login()
    except requests.exceptions.SSLError as error:
        log.error("login: %s", error)
        raise


def breaks():
    session = requests.Session()
    session.verify = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        login(session=session)
