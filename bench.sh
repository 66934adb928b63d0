#!/bin/sh
# bench.sh ARGS…: builds the benchmarks in the release preset and prints their table. Arguments go to Google Benchmark:
# ./bench.sh --benchmark_filter=route
set -eu
root=$(dirname -- "$(readlink -f -- "$0")")
. "$root/scripts/freshness.sh"
is_fresh everything || sh "$root/scripts/build.sh" everything </dev/null >&2
exec "$root/build/release/bench/lockstep_bench" "$@"
