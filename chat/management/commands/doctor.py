from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from chat.management.plain import PlainCommand
from chat.services.checkup import PARTS, Finding, Grade, examine

MARKS = {Grade.OK: "ok   ", Grade.DOUBT: "look ", Grade.FAULT: "WRONG"}


class Command(PlainCommand):
    help = (
        "Examine the site: database, migrations, clock, disk, files, broker, cache, mail, each assistant, replies that "
        "nobody begins, its secret key, its address as people reach it, and what the proxy before it hands on. Says "
        "what is wrong and what to do; changes nothing. Exits with 1 if something is wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these of {', '.join(PARTS)}")

    def handle(self, *args: Any, **given: Any) -> None:
        if unknown := set(given["parts"]) - set(PARTS):
            raise CommandError(f"There is no {min(unknown)} to examine, only {', '.join(PARTS)}.")
        faults = 0
        for finding in examine(given["parts"] or PARTS):
            self.say(_line(finding))
            faults += finding.grade is Grade.FAULT
        if faults:
            raise CommandError(f"{faults} thing{'s' if faults > 1 else ''} to be put right.")


def _line(finding: Finding) -> str:
    line = f"{MARKS[finding.grade]} {finding.part:<10} {finding.words}"
    return f"{line}\n{'':>17}→ {finding.remedy}" if finding.remedy else line
