#!/bin/sh
# run_examples_test.sh RUNNER: the runner of examples fails where an example does, and only there.
set -eu
runner=$1
project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
mkdir -p "$project/docs"
printf '#!/bin/sh\ntest "$1" = good && cat "$2"\n' >"$project/program"
chmod +x "$project/program"

expect() { # STATUS WORDS: the runner ends with this status and says these words
  status=0
  output=$(sh "$runner" "$project" "$project/program") || status=$?
  case $status:$output in "$1":*"$2"*) ;; *)
    echo "expected $1 and '$2', got $status and: $output"
    exit 1
    ;;
  esac
}

fence='```'
printf '# no example\n' >"$project/README.md"
expect 1 "0 passed, 0 failed"
printf '%s\n' "${fence}json a.json" '{}' "$fence" "${fence}sh" './lockstep good a.json' "$fence" >"$project/README.md"
expect 0 "1 passed, 0 failed"
printf '%s\n' "${fence}console" './lockstep bad' "$fence" >"$project/docs/page.md"
expect 0 "1 passed, 0 failed"
printf '%s\n' 'text' "${fence}sh" './lockstep bad' 'true' "$fence" >"$project/docs/page.md"
expect 1 "docs/page.md:2: this example fails"
expect 1 "1 passed, 1 failed"
