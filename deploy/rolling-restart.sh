#!/bin/sh
# Restarts the processes of a site one after the other; each has to be ready before the next one goes.
#
#   deploy/rolling-restart.sh chat-web@8001 chat-web@8002 chat-replies@1
#
# What comes after the @ of a web process is its port. RESTART is the command that restarts one and comes back when the
# new process has been started (systemctl restart); READY_SECONDS how long one may take to be ready.
set -eu

: "${RESTART:=systemctl restart}" "${READY_SECONDS:=60}" "${HOST:=127.0.0.1}"
[ $# -gt 0 ] || { sed -n 's/^# \{0,1\}//p' "$0" >&2; exit 2; }

is_ready() {
    curl --silent --fail --output /dev/null --max-time 5 "http://$HOST:$1/readyz"
}

# With one process only, or one that is away already, restarting another would leave nobody.
for unit in "$@"; do
    case $unit in *web@*) is_ready "${unit##*@}" || { echo "$unit is not ready: nothing was restarted" >&2; exit 1; } ;; esac
done
for unit in "$@"; do
    $RESTART "$unit"
    case $unit in *web@*)
        left=$READY_SECONDS
        until is_ready "${unit##*@}"; do
            left=$((left - 1))
            [ "$left" -gt 0 ] || { echo "$unit is not ready after $READY_SECONDS s: the others were left alone" >&2; exit 1; }
            sleep 1
        done ;;
    esac
    echo "$unit is ready"
done
