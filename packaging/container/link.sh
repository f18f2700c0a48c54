#!/bin/sh
# Puts the program, copied to /opt/marathon-lb, where people and old configuration heads look for it.
set -eu
chmod 755 /opt/marathon-lb/dist/bin.js /opt/marathon-lb/dist/zdd.js /opt/marathon-lb/packaging/container/run \
  /opt/marathon-lb/packaging/container/marathon-lb
ln -sf /opt/marathon-lb/packaging/container/marathon-lb /usr/local/bin/marathon-lb
ln -sf /opt/marathon-lb/dist/zdd.js /usr/local/bin/zdd
ln -sf /opt/marathon-lb/packaging/container/run /marathon-lb/run
for file in /opt/marathon-lb/lua/*.lua; do ln -sf "$file" /marathon-lb/; done
