from tests.realtime.conftest import _nothing_known, ana, ben, eve, general, harbour, helper, model, open_tab

__all__ = ["_nothing_known", "ana", "ben", "eve", "general", "harbour", "helper", "model", "open_tab"]
