from __future__ import annotations

from decimal import Decimal

from chat.models import Assistant

MILLION = 1_000_000
SMALLEST = Decimal("0.000001")
MOST = Decimal("999999.999999")  # of one answer: what its row can hold


def cost_of(
    assistant: Assistant, prompt_tokens: int, completion_tokens: int, reported: float | Decimal | None = None
) -> Decimal | None:
    """In US dollars: what the back end names, or else what the assistant's prices say. None: nobody knows.

    A million for one answer is in some other unit, such as millionths of a dollar.
    """
    if reported is not None and (named := Decimal(str(reported))) <= MOST:
        return max(named, Decimal(0)).quantize(SMALLEST)
    if assistant.prompt_price is None and assistant.completion_price is None:
        return None
    prompt = (assistant.prompt_price or 0) * prompt_tokens
    completion = (assistant.completion_price or 0) * completion_tokens
    return min(Decimal(prompt + completion) / MILLION, MOST).quantize(SMALLEST)


def exact(sum_of_costs: Decimal | int | None) -> Decimal:
    """A sum as it is stored: SQLite adds with binary fractions, and a limit must not be missed by the last of them."""
    return Decimal(sum_of_costs or 0).quantize(SMALLEST)
