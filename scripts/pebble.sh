#!/bin/sh
# Installs Debian's pebble, an ACME server for tests, with its DNS server. What is there already is left alone.
set -eu
is_there() { [ -x /usr/bin/pebble ] && [ -x /usr/bin/pebble-challtestsrv ]; }
if is_there; then exit 0; fi
if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null && exec sudo -n "$0"
  echo 'pebble: pebble is missing: run this as root' >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -qq --no-install-recommends pebble; }
install || { apt-get update -qq && install; }
is_there || { echo 'pebble: pebble is installed, but not where it is looked for' >&2; exit 1; }
