#!/bin/sh
# bench.sh [ARGS…]: builds the benchmarks in the release preset and prints two tables, which it keeps in build/bench:
# times, with their ratios to SimGrid alone and to the commit before, and instructions, which may not grow
# (bench/count_instructions.sh). With arguments for Google Benchmark it prints times only:
# ./bench.sh --benchmark_filter=route
# --instructions prints the second table alone, and --accept makes it the new baseline.
set -eu
cd "$(dirname -- "$(readlink -f -- "$0")")"
root=.
. scripts/freshness.sh
is_fresh everything || sh scripts/build.sh everything </dev/null >&2
tables=build/bench
mkdir -p $tables/of

case ${1-} in
  --instructions) exec sh bench/count_instructions.sh ;;
  --accept) exec sh bench/count_instructions.sh --accept ;;
esac

# What has been committed is compared with an earlier commit, and what has not with the last one.
newest=HEAD
git diff --quiet HEAD 2>/dev/null && newest=HEAD^
rm -f $tables/before.json
for commit in $(git rev-list --max-count=50 $newest 2>/dev/null); do
  [ -e "$tables/of/$commit.json" ] || continue
  cp "$tables/of/$commit.json" $tables/before.json
  echo "before: $(git log -1 --format='%h %s' "$commit")"
  break
done

build/release/bench/lockstep_bench $tables "$@"
[ $# -eq 0 ] || exit 0
[ $newest = HEAD ] || cp $tables/table.json "$tables/of/$(git rev-parse HEAD).json"
sh bench/count_instructions.sh
