"""What the doctor finds."""

from __future__ import annotations

from chat.services.checkup import Grade, examine


def grades(*parts: str) -> list[Grade]:
    return [finding.grade for finding in examine(parts)]
