# Sourced with $root set. Compares time stamps only, so that a call with nothing to build starts at once.

# is_fresh program|everything: no source is newer than the last successful build of it. A folder's own time tells of
# files that came or went. Every folder of the root with a CMakeLists.txt holds sources.
is_fresh() {
  built=$root/build/release/.built.$1
  [ -e "$built" ] && [ -x "$root/build/release/cli/lockstep" ] || return 1
  what=$1
  set -- "$root/CMakeLists.txt" "$root/CMakePresets.json" "$root/packages.txt" "$root/cmake"
  for data in "$root/catalog" "$root/scenarios"; do
    [ ! -d "$data" ] || set -- "$@" "$data"
  done
  for list in "$root"/*/CMakeLists.txt; do
    case $what:$list in
      program:*/tests/CMakeLists.txt | program:*/bench/CMakeLists.txt) ;;
      *) set -- "$@" "${list%/*}" ;;
    esac
  done
  [ -z "$(find "$@" -newer "$built" -print -quit)" ]
}
