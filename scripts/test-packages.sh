#!/bin/sh
# Installs the Debian packages that some tests need: a clock that can jump, an ACME server, ZooKeeper (without its service), what builds the root
# file system of the image. What is there already is left alone.
set -eu
packages='libfaketime pebble zookeeper debootstrap'
is_there() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
missing=
for package in $packages; do is_there "$package" || missing="$missing $package"; done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null && exec sudo -n "$0"
  echo "test-packages: these packages are missing:$missing; run this as root" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # A list of words.
install() { apt-get install -y -qq --no-install-recommends $missing; }
install || { apt-get update -qq && install; }
