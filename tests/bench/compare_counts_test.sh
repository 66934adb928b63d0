#!/bin/sh
# compare_counts_test.sh COMPARISON: instructions are too many where they have grown by more than 3 %, and only where
# the baseline was counted with the same tools.
set -eu
comparison=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

counts() { # FILE COMPILER BARE OURS
  printf '%s\n' "# $2" "bare_ring $3 100" "ours $4 100" >"$work/$1"
}

says() { # WORDS: the comparison says these; none: it has nothing to remark
  output=$(awk -f "$comparison" "$work/baseline" "$work/counts" | grep -v '^|' || true)
  case $output in "") [ -z "$1" ] || fail "$1" ;; *"${1:-nothing}"*) ;; *) fail "$1" ;; esac
}
fail() {
  echo "expected '$1', got '$output'"
  exit 1
}

counts baseline gcc-12 10000 50000
counts counts gcc-12 10000 51400
says ""
counts counts gcc-12 10000 51600
says "error: more instructions than bench/baseline.txt allows (3 %), or none there: ours"
counts counts gcc-12 10000 48000
says "note: fewer instructions than the baseline: ours"
counts counts gcc-13 10000 90000
says "note: the baseline was counted with another compiler or other libraries"
counts counts gcc-12 10100 90000
says "note: the baseline was counted with another compiler or other libraries"
: >"$work/baseline"
says "note: the baseline was counted with another compiler or other libraries"
