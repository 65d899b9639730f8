"""Settings that every test shares: how Hypothesis draws its examples."""

from __future__ import annotations

import os

from hypothesis import settings

# Examples are never timed: on a busy machine a deadline fails tests that are right.
# In CI they are the same in every run; locally each run draws new ones.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
