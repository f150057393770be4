"""The site's own settings, with the addresses of `held.py`."""

from chatsite.settings import *  # noqa: F403

ROOT_URLCONF = "bench.held"
