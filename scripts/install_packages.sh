#!/bin/sh
# install_packages.sh PACKAGE…: installs those that are missing, with sudo when not root. Where apt is absent, libraries
# from elsewhere may serve as well, so only missing build tools end the work there. Exits 3 when it can't go on.
set -eu

give_up() {
  printf 'lockstep: %s\n' "$@" >&2
  exit 3
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  for tool in c++ cmake ninja pkg-config; do
    command -v $tool >/dev/null || give_up "'$tool' is missing, and there is no apt to install it with." \
      "Install what these packages of Debian 12 hold, then try again: $*"
  done
  exit 0
fi

installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
missing=
for package in "$@"; do
  case "
$installed
" in
    *"
installed $package
"*) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || give_up "packages are missing, and neither root nor sudo is at hand." \
    "Ask someone who is root to run: apt-get install$missing"
  as_root=sudo
fi
echo "lockstep: installing$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1 </dev/null
}
# Package lists that are absent or old are fetched only after they have failed.
apt install --no-install-recommends $missing || { apt update && apt install --no-install-recommends $missing; } || {
  cat "$log" >&2
  give_up "apt-get could not install:$missing"
}
