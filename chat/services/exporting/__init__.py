"""A room's conversation as one file, piece by piece: in memory there is never more than a page of it."""

from chat.services.exporting.bounds import Bounds
from chat.services.exporting.export import FORMATS, Export, export_room, open_export

__all__ = ["FORMATS", "Bounds", "Export", "export_room", "open_export"]
