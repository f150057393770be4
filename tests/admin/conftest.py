import chatsite.urls  # noqa: F401 - the pages are loaded with the addresses
from tests.people import _unspent_limits, ana, ben, eve, garden, square, staff

__all__ = ["_unspent_limits", "ana", "ben", "eve", "garden", "square", "staff"]
