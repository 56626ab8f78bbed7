"""Settings of all tests: Hypothesis has no deadlines (a shared machine is no stopwatch) and, in CI, no dice. Programs that
tests start print no colours, whatever the terminal or CI asks for: their words are compared."""

import os

from hypothesis import settings

settings.register_profile("everywhere", deadline=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("everywhere"), derandomize=True)  # a red CI is a change of ours
settings.register_profile("fuzz", settings.get_profile("everywhere"), max_examples=2000)  # the nox session of that name
settings.register_profile("soak", settings.get_profile("everywhere"))  # the nox session `machine`: as many steps as the test itself says
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "everywhere"))

for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS"):
    os.environ.pop(name, None)
os.environ["NO_COLOR"] = "1"
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
    os.environ.pop(name, None)  # requests takes them before `session.verify = False`: a client would verify here and not elsewhere
