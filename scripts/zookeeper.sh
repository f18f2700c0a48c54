#!/bin/sh
# Installs Debian's ZooKeeper for tests. Its service is not installed: each test starts one of its own. What is there already is left alone.
set -eu
is_there() { [ -x /usr/share/zookeeper/bin/zkServer.sh ] && command -v java >/dev/null; }
if is_there; then exit 0; fi
if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null && exec sudo -n "$0"
  echo 'zookeeper: ZooKeeper is missing: run this as root' >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -qq --no-install-recommends zookeeper default-jre-headless; }
install || { apt-get update -qq && install; }
is_there || { echo 'zookeeper: ZooKeeper is installed, but not where it is looked for' >&2; exit 1; }
