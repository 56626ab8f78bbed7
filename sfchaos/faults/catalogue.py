"""Imports every fault, so that the registry holds all of them: the one list of what exists."""

from sfchaos.faults.auth import expired as expired
from sfchaos.faults.auth import revoked as revoked
from sfchaos.faults.auth import rotated as rotated
from sfchaos.faults.bulk import job_failed_mid as job_failed_mid
from sfchaos.faults.bulk import rows_failed as rows_failed
from sfchaos.faults.bulk import stuck as stuck
from sfchaos.faults.http import maintenance as maintenance
from sfchaos.faults.http import retry_after as retry_after
from sfchaos.faults.http import unavailable as unavailable
from sfchaos.faults.limit import concurrent as concurrent
from sfchaos.faults.limit import daily as daily
from sfchaos.faults.net import read_timeout as read_timeout
from sfchaos.faults.net import reset_before as reset_before
from sfchaos.faults.net import response_lost as response_lost
from sfchaos.faults.perm import fls_removed as fls_removed
from sfchaos.faults.query import locator_dead as locator_dead
from sfchaos.faults.row import locked as locked
from sfchaos.faults.row import validation as validation
