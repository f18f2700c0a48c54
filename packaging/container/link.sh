#!/bin/sh
# Puts the program, copied to /opt/marathon-lb, where people, old configuration heads and scripts written for 1.15 look for it.
# link.sh [FOLDER]: FOLDER is put before the links themselves; they still lead to /opt/marathon-lb.
set -eu
root=${1:-}
mkdir -p "$root/usr/local/bin" "$root/marathon-lb"
[ -n "$root" ] || chmod 755 /opt/marathon-lb/dist/bin.js /opt/marathon-lb/dist/zdd.js /opt/marathon-lb/packaging/container/run \
  /opt/marathon-lb/packaging/container/marathon-lb
ln -sf /opt/marathon-lb/packaging/container/marathon-lb "$root/usr/local/bin/marathon-lb"
ln -sf /opt/marathon-lb/dist/zdd.js "$root/usr/local/bin/zdd"
ln -sf /opt/marathon-lb/packaging/container/run "$root/marathon-lb/run"
ln -sf /opt/marathon-lb/packaging/container/marathon-lb "$root/marathon-lb/marathon_lb.py"
for name in zdd.py bluegreen_deploy.py; do ln -sf /opt/marathon-lb/dist/zdd.js "$root/marathon-lb/$name"; done
ln -sf /etc/haproxy/haproxy.cfg "$root/marathon-lb/haproxy.cfg"
for file in /opt/marathon-lb/lua/*.lua; do [ -e "$file" ] || continue; ln -sf "$file" "$root/marathon-lb/"; done
