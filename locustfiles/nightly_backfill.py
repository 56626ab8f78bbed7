"""The nightly backfill against a mock or a sandbox; see `sfchaos.load.backfill` for what it does and what its exit code says.

    sfchaos serve --port 0 --env-file org.env --schedule storm.yaml &
    locust --headless -f locustfiles/nightly_backfill.py -u 5 -r 5 --env-file org.env --rest-rows 100 --bulk-jobs 1 --bulk-rows 200

Against a sandbox: `--host https://acme--uat.sandbox.my.salesforce.com`, with SF_CLIENT_ID, SF_CLIENT_SECRET, SF_USERNAME,
SF_PASSWORD and SF_SECURITY_TOKEN set. A production host is refused.
"""

from sfchaos.load import NightlyBackfill

__all__ = ["NightlyBackfill"]
