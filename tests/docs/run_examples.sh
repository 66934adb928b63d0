#!/bin/sh
# run_examples.sh ROOT PROGRAM [PAGE…]: runs every example of README.md and docs/, or of these pages, as a reader would,
# and expects exit code 0.
#
# A block that opens with ```sh is run from top to bottom, in a folder where ./lockstep is the program and scenarios/
# and catalog/ are the project's; ```console is for what is only shown. A block that opens with a language and a file
# name (```json fleet.json) is written to that file first. The blocks of one page share the folder.
set -eu
root=$1
program=$2
shift 2
[ $# -gt 0 ] || set -- "$root/README.md" "$root"/docs/*.md "$root"/docs/*/*.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Splits page $1 into the files that it names and 0001.sh, 0002.sh … in the current folder.
split() {
  awk '
    !inside && /^ *```/ {
      inside = 1
      info = $0
      sub(/^ *```/, "", info)
      parts = split(info, word, " ")
      name = ""
      if (info == "sh") name = sprintf("%04d.sh", NR)
      else if (parts == 2 && word[2] ~ /^[A-Za-z0-9_]+\.[a-z]+$/) name = word[2]
      if (name != "") printf "" > name
      next
    }
    inside && /^ *```/ { inside = 0; if (name != "") close(name); next }
    inside && name != "" { print > name }
  ' "$1"
}

passed=0
failed=0
for page; do
  [ -e "$page" ] || continue
  title=${page#"$root/"}
  folder=$work/$(echo "$title" | tr / _)
  mkdir "$folder"
  cd "$folder"
  ln -s "$program" lockstep
  for data in scenarios catalog; do
    [ ! -d "$root/$data" ] || ln -s "$root/$data" $data
  done
  split "$page"
  for block in [0-9]*.sh; do
    [ -e "$block" ] || continue
    line=$((1${block%.sh} - 10000))
    if sh -eu "$block" >output 2>&1 </dev/null; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
      echo "$title:$line: this example fails:"
      cat "$block" output
    fi
  done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
