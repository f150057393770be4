from __future__ import annotations

import pytest

from tests.people import _unspent_limits, ana, ben, eve, garden, square, staff

__all__ = ["_unspent_limits", "ana", "ben", "eve", "garden", "square", "staff"]


def pytest_configure(config: pytest.Config) -> None:
    """For test_contract.py; where nothing of this directory is tested, nobody waits for it."""
    config.pluginmanager.import_plugin("schemathesis.pytest.plugin")
