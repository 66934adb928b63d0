#!/bin/sh
# count_instructions.sh [--accept]: counts the instructions of short runs under callgrind, prints them as a table, and
# fails where one takes 3 % more than bench/baseline.txt says. --accept writes that file anew.
#
# Counts depend on the compiler, the libraries and what the processor offers them. So the baseline states the compiler,
# and the ring by SimGrid alone tells of the rest: it has hardly any code of ours. Where either differs nothing can be
# compared, which is said and is no failure.
set -eu
cd "$(dirname -- "$(readlink -f -- "$0")")/.."
baseline=bench/baseline.txt
counts=build/bench/instructions.txt
mkdir -p build/bench
if ! command -v valgrind >/dev/null && ! sh scripts/install_packages.sh valgrind; then
  echo "note: there is no valgrind and none can be installed: instructions are not counted"
  exit 0
fi

# NAME: ARGUMENTS… -> NAME INSTRUCTIONS EVENTS
count() {
  name=${1%%:*}
  command=${1#*: }
  case $command in
    bare_ring*) program=build/release/bench ;;
    *) program=build/release/cli ;;
  esac
  log=build/bench/$name.log
  # The words of the command are meant to be split.
  valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$log" $program/$command >"$log.out" 2>&1 || {
    cat "$log" "$log.out" >&2
    return 1
  }
  awk -v name="$name" '
    / Collected : / { instructions = $NF }
    $1 == "events" { events = $2 }
    END { print name, instructions, events }' "$log" "$log.out"
}

case ${1-} in
  --one) count "$2"; exit ;;
  --accept | "") ;;
  *) echo "usage: count_instructions.sh [--accept]" >&2; exit 2 ;;
esac

grep -v '^#' bench/counted_runs.txt | tr '\n' '\0' | xargs -0 -n 1 -P "$(nproc)" sh "$0" --one >"$counts.unsorted"
compiler=$("$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' build/release/CMakeCache.txt)" --version | head -n 1)
{
  echo "# $compiler"
  # In the order of the list of runs.
  sed -n 's/^\([a-z0-9_]*\): .*/\1/p' bench/counted_runs.txt | while read -r name; do grep "^$name " "$counts.unsorted"; done
} >"$counts"
rm "$counts.unsorted"

if [ "${1-}" = --accept ]; then
  cp "$counts" $baseline
  echo "note: $baseline now has these counts; commit it with a reason"
fi
[ -e $baseline ] || : >$baseline
awk -f bench/compare_counts.awk $baseline "$counts" | tee build/bench/instructions.md
! grep -q '^error:' build/bench/instructions.md
