"""A room made of a file that ``exportroom --format json`` has written. Nothing in the file is believed unseen."""

from chat.services.importing.checking import RoomFile, read_file
from chat.services.importing.making import Imported, import_room

__all__ = ["Imported", "RoomFile", "import_room", "read_file"]
