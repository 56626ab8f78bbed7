"""Properties are about what is true, not about how fast: a busy machine must not fail them."""

from hypothesis import settings

settings.register_profile("sfchaos", deadline=None)
settings.load_profile("sfchaos")
