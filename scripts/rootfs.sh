#!/bin/sh
# Builds the root file system of the image without a container engine: debootstrap and chroot in place of FROM, the same scripts as the
# Dockerfile for the rest. Usage, as root: scripts/rootfs.sh FOLDER. The base is kept in FOLDER.base and built once.
set -eu
root=${1:?usage: scripts/rootfs.sh FOLDER}
here=$(cd "$(dirname "$0")/.." && pwd)
base=$root.base
suite=$(sed -n 's/^FROM debian:\([a-z]*\)-slim$/\1/p' "$here/Dockerfile")
stamp=$(cat "$here/packaging/container/install.sh" "$here/Dockerfile" | sha256sum | cut -c1-16)

if [ "$(cat "$base/.stamp" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$base"
  # 75: try again later (sysexits.h), as the mirror may be out of reach.
  debootstrap --variant=minbase "$suite" "$base" ${MIRROR:-} || exit 75
  cp /etc/resolv.conf "$base/etc/resolv.conf"
  cp "$here/packaging/container/install.sh" "$base/tmp/install.sh"
  chroot "$base" sh /tmp/install.sh
  rm "$base/tmp/install.sh"
  echo "$stamp" > "$base/.stamp"
fi

rm -rf "$root"
cp -a --reflink=auto "$base" "$root"
app=$root/opt/marathon-lb
mkdir -p "$app"
cd "$here"
node scripts/build.mjs --if-stale
cp -R package.json LICENSE packaging lua dist "$app/"
npm ls --omit=dev --all --parseable 2>/dev/null | sed -n "s#^$here/##p" | while read -r path; do
  mkdir -p "$app/$path"
  cp -R "$path/." "$app/$path/"
done
chroot "$root" sh /opt/marathon-lb/packaging/container/link.sh
echo "$root is the root file system of the image"
