from tests.realtime.conftest import _fresh_limits, ana, ben, eve, general, harbour, helper, model, open_tab

__all__ = ["_fresh_limits", "ana", "ben", "eve", "general", "harbour", "helper", "model", "open_tab"]
