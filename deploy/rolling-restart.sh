#!/bin/sh
# Restarts the processes of a site one after the other; each has to be ready before the next one goes.
#
#   deploy/rolling-restart.sh chat-web@8001 chat-web@8002 chat-replies@1
#
# What comes after the @ of a web process is its port. RESTART is the command that restarts one and comes back when the
# new process has been started (systemctl restart), RUNNING the one that says whether it runs (systemctl is-active);
# READY_SECONDS is how long a web process may take to be ready, and STAY_SECONDS how long the others are watched.
set -eu

: "${RESTART:=systemctl restart}" "${RUNNING:=systemctl is-active --quiet}"
: "${READY_SECONDS:=60}" "${STAY_SECONDS:=5}" "${HOST:=127.0.0.1}"
[ $# -gt 0 ] || { sed -n '1d; /^#/!q; s/^# \{0,1\}//p' "$0" >&2; exit 2; }

is_ready() {
    curl --noproxy '*' --silent --fail --output /dev/null --max-time 5 "http://$HOST:$1/readyz"
}

becomes_ready() {
    left=$READY_SECONDS
    until is_ready "$1"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 1
    done
}

# One that cannot begin is started by its supervisor again and again: each time it runs for a moment.
stays() {
    left=$STAY_SECONDS
    while [ "$left" -gt 0 ]; do
        sleep 1
        $RUNNING "$1" || return 1
        left=$((left - 1))
    done
}

# With one process only, or one that is away already, restarting another would leave nobody.
for unit in "$@"; do
    case $unit in
        *web@*) is_ready "${unit##*@}" || {
            echo "$unit is not ready: nothing was restarted. If it hangs, first, and alone: $RESTART $unit" >&2
            exit 1
        } ;;
        *) $RUNNING "$unit" || {
            echo "$unit does not run: nothing was restarted. First, and alone: $RESTART $unit" >&2
            exit 1
        } ;;
    esac
done
for unit in "$@"; do
    $RESTART "$unit"
    case $unit in
        *web@*) becomes_ready "${unit##*@}" || {
            echo "$unit is not ready after $READY_SECONDS s: the others were left alone" >&2
            exit 1
        } ;;
        *) stays "$unit" || {
            echo "$unit does not stay: the others were left alone" >&2
            exit 1
        } ;;
    esac
    echo "$unit is ready"
done
