#!/bin/sh
# Installs Debian's libfaketime, with which the chaos test has the clock of one program jump. What is there already is left alone.
set -eu
is_there() { ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1; }
if is_there; then exit 0; fi
if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null && exec sudo -n "$0"
  echo 'faketime: libfaketime is missing: run this as root' >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -qq --no-install-recommends libfaketime; }
install || { apt-get update -qq && install; }
is_there || { echo 'faketime: libfaketime is installed, but not where it is looked for' >&2; exit 1; }
