"""Clients before a line that must not be used, or cannot be had."""

import ssl
import warnings

import requests
from clients import log, login, people, upsert
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce


def writes(session):
    token, host = login(session=session)
    sf = Salesforce(session_id=token, instance=host, session=session)
    for row in people(3):
        upsert(sf, row)


def ends_loudly():
    try:
        writes(requests.Session())
    except requests.RequestException as error:
        log.error("no line to Salesforce: %s", error)
        raise


def does_not_verify():
    session = requests.Session()
    session.verify = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        writes(session)


class OldTls(HTTPAdapter):
    def init_poolmanager(self, *args, **words):
        super().init_poolmanager(*args, ssl_minimum_version=ssl.TLSVersion.MINIMUM_SUPPORTED, **words)


def speaks_old_tls():
    session = requests.Session()
    session.mount("https://", OldTls())
    writes(session)


def goes_on_without_a_word():
    try:
        writes(requests.Session())
    except requests.RequestException:
        print("nothing to do today")
