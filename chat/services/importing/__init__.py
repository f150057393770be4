"""A room made of a file that ``exportroom --format json`` has written. Nothing in the file is believed unseen."""

from chat.services.importing.making import Imported, import_room
from chat.services.importing.shapes import RoomFile, read_file

__all__ = ["Imported", "RoomFile", "import_room", "read_file"]
