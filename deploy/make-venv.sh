#!/bin/sh
# Makes .venv with the first Python from 3.11 to 3.13, or says in one line what is missing.
set -eu

suits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
for python in ${PYTHON:-} python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
    "$python" -c "$suits" >/dev/null 2>&1 || continue
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        echo "$python cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv (or python$version-venv)" >&2
        exit 1
    fi
    echo "Making .venv with $("$python" --version) ..."
    rm -rf .venv
    "$python" -m venv .venv || { rm -rf .venv; exit 1; }
    exit 0
done
found=$(python3 --version 2>/dev/null || echo "no python3")
echo "Python 3.11, 3.12 or 3.13 is needed; here is $found. Name another one: make PYTHON=/path/to/python3.12 run" >&2
exit 1
