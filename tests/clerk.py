"""Management commands of one site, one after the other, in a process that stays: most of a command is its start."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

from tests.servers.processes import end
from tests.servers.programs import ROOT


class Clerk:
    """The process, as a test sees it. It is told lists of words in JSON, a line each, and answers so."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.clerk"],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def carry_out(self, *words: str) -> tuple[int, str]:
        """The code with which the command ended, and what it said."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked
        assert answers
        print(json.dumps(words), file=asked, flush=True)
        code, said = json.loads(answers.readline())
        return code, said

    def go(self) -> None:
        with self._process:  # closes what it is told by
            end(self._process)


def carry_out(words: list[str]) -> tuple[int, str]:
    from django.core.management import ManagementUtility
    from django.db import connections

    said, code = StringIO(), 0
    with redirect_stdout(said), redirect_stderr(said):
        try:
            ManagementUtility(["manage.py", *words]).execute()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    connections.close_all()
    return code, said.getvalue()


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(carry_out(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
