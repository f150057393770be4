"""A house to look at: people, rooms and some days of talk, said through the same services as everything else."""

from chat.demo.household import Inhabited, is_settled
from chat.demo.opening import Opened, open_house

__all__ = ["Inhabited", "Opened", "is_settled", "open_house"]
