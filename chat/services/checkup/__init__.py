"""Does this site have all it needs? Each part is asked for real; nothing is changed."""

from chat.services.checkup.findings import Finding, Grade
from chat.services.checkup.rounds import PARTS, examine

__all__ = ["PARTS", "Finding", "Grade", "examine"]
