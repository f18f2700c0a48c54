#!/bin/sh
# What goes into the image besides the program: run by the Dockerfile, and by scripts/rootfs.sh in a chroot.
set -eu
export DEBIAN_FRONTEND=noninteractive
# Nothing is started at installation.
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
apt-get update -q
apt-get install -y -q --no-install-recommends ca-certificates haproxy nodejs tini
rm -rf /usr/sbin/policy-rc.d /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /usr/share/doc/* /usr/share/man/*

# For those who run it without root; HAProxy then binds ports from 1024 on, or what the machine lets it.
groupadd --system --gid 9090 marathon-lb
useradd --system --uid 9090 --gid 9090 --home-dir /var/lib/marathon-lb --shell /usr/sbin/nologin marathon-lb
mkdir -p /etc/haproxy /var/lib/marathon-lb /marathon-lb
chown marathon-lb:marathon-lb /etc/haproxy /var/lib/marathon-lb
