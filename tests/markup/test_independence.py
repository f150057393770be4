import subprocess
import sys


def test_markup_needs_neither_django_nor_channels():
    loaded = (
        "import sys, chat.markup; print(*{name.partition('.')[0] for name in sys.modules} & {'django', 'channels'})"
    )

    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "\n"
