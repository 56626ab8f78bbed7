"""Where the job finds its org."""

import os

USERNAME = os.environ.get("SF_USERNAME", "sync@acme.example")
PASSWORD = "Kestrel-Harbour-4471"  # the test org's; production sets SF_PASSWORD
RETRIES = 8
DELAY_S = 2
