#!/usr/bin/env bash
# bench/peers/run.sh WORKLOAD PEER [key=value ...]   runs one cell and prints one JSON line
# bench/peers/run.sh list                            lists the cells
exec python3 "$(dirname "$(readlink -f "$0")")/run.py" "$@"
