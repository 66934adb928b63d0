#!/bin/sh
# build.sh program|everything: installs missing packages and brings build/release up to date. Quiet but for progress
# and compiler errors. Exits 3 where nothing could be built: 1 and 2 are answers of the program, 3 is our own fault.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
. "$root/scripts/freshness.sh"
what=$1
build=build/release
started=$(date +%s)

give_up() {
  printf 'lockstep: %s\n' "$@"
  exit 3
}

show_progress() { # one line that moves on a terminal, else one line for every tenth of the work
  if [ -t 2 ]; then
    printf '\r\033[Klockstep: building, %s of %s' "$1" "$2"
  elif [ "$2" -ge 10 ] && [ $(($1 * 10 / $2)) -gt "$tenths" ]; then
    tenths=$(($1 * 10 / $2))
    printf 'lockstep: built %s of %s\n' "$1" "$2"
  fi
}

# Reads what Ninja prints; passes on what the compiler had to say, without the command lines.
report() {
  tenths=0
  while IFS= read -r line; do
    case $line in
      "["*/*"] "*)
        counts=${line%%]*}
        counts=${counts#?}
        show_progress "${counts%/*}" "${counts#*/}"
        ;;
      "FAILED: "*)
        printf '\n%s\n' "$line"
        IFS= read -r command || break
        ;;
      "-- "* | "ninja: no work to do.") ;;
      *) printf '%s\n' "$line" ;;
    esac
  done
  [ ! -t 2 ] || printf '\r\033[K'
}

configure() {
  # A build folder that was moved along with the project must start afresh.
  grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" $build/CMakeCache.txt || rm -rf $build/CMakeCache.txt $build/CMakeFiles
  if [ ! -e $build/CMakeCache.txt ] || [ ! -e $build/build.ninja ] || [ CMakePresets.json -nt $build/build.ninja ]; then
    cmake --preset release >$build/configure.log 2>&1 || {
      cat $build/configure.log
      give_up "configuring failed; it needs the libraries of $root/packages.txt (names as in Debian 12)"
    }
  fi
}

mkdir -p $build
exec 9>build/.lock
flock --nonblock 9 || {
  echo "lockstep: waiting for another build of this folder to end"
  flock 9
}
! is_fresh "$what" || exit 0

# Sources that change from here on are newer than the stamp, and will be built by the next call.
touch $build/.started
rm -f $build/.built.program $build/.built.everything
sh scripts/install_packages.sh $(grep -v '^#' packages.txt) 9>&-
configure
case $what in program) target=lockstep_program ;; *) target=all ;; esac
export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" NINJA_STATUS='[%f/%t] '
{
  # The stamp says that the build succeeded: a pipe hides the exit status.
  cmake --build --preset release --target $target 9>&- 2>&1 && touch -r $build/.started $build/.built.$what
} | report
[ -e $build/.built.$what ] || give_up "the build failed"
[ "$what" = program ] || touch -r $build/.started $build/.built.program
took=$(($(date +%s) - started))
[ $took -lt 5 ] || echo "lockstep: built in $took s"
