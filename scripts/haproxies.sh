#!/bin/bash
# Installs the HAProxy versions that the tests run on (.ci/matrix.json) on Debian 12 (amd64), as root: 2.6 is Debian's own package; 3.0, 3.2
# and 3.4 come from later suites of Debian into /opt/haproxy-<branch>, each with its own C library, so that the system stays as it is. The
# mirror is that of the machine's own apt sources. What is there already is left alone: then it is done at once.
set -euo pipefail

prefix=/opt
state=/var/cache/marathon-lb-haproxies
# branch:suites to look in, in this order: the suites move on.
targets='3.0:trixie 3.2:sid,forky,trixie-backports 3.4:sid,experimental'
libraries='libc6 libssl3t64 liblua5.4-0 libjemalloc2 libpcre2-8-0 libcrypt1 libopentracing-c-wrapper0t64 libopentracing1 libgcc-s1 libstdc++6 zlib1g libzstd1'

say() { printf 'haproxies: %s\n' "$*"; }
fail() { printf 'haproxies: %s\n' "$*" >&2; exit 1; }
# No `head -1`, `grep -q` behind a pipe: with pipefail a reader that goes early is a failure.
version_of() { "$1" -v 2>/dev/null | sed -nE '1s/^HAProxy version ([^ ]+).*/\1/p'; }
is_branch() { [ -x "$1" ] && case "$(version_of "$1")" in "$2".*) true ;; *) false ;; esac; }
show() { for each in /usr/sbin/haproxy "$prefix"/haproxy-*/haproxy; do [ ! -x "$each" ] || printf '%-28s %s\n' "$each" "$(version_of "$each")"; done; }

missing=
for target in $targets; do
  branch=${target%%:*}
  is_branch "$prefix/haproxy-$branch/haproxy" "$branch" || missing="$missing $target"
done
is_own_there=yes
is_branch /usr/sbin/haproxy 2.6 || is_own_there=
if [ -z "$missing" ] && [ -n "$is_own_there" ]; then
  show
  exit 0
fi

if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null && exec sudo -n "$0"
  fail 'HAProxy versions are missing: run this as root'
fi
command -v apt-get >/dev/null && [ "$(dpkg --print-architecture)" = amd64 ] || fail 'it needs Debian 12 on amd64'

if [ -z "$is_own_there" ]; then
  say "installing Debian's own HAProxy"
  policy=/usr/sbin/policy-rc.d
  # The package starts no service.
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends haproxy
  is_branch /usr/sbin/haproxy 2.6 || fail "/usr/sbin/haproxy is $(version_of /usr/sbin/haproxy), not 2.6: is this Debian 12?"
fi
[ -n "$missing" ] || { show; exit 0; }

# The first archive of the machine's apt sources that is not the one for security updates.
find_mirror() {
  awk '
    function end_stanza(  count, words, at) {
      if (types ~ /(^| )deb( |$)/ && tolower(enabled) != "no") {
        count = split(uris, words, " ")
        for (at = 1; at <= count; at++) if (words[at] !~ /security/ && words[at] ~ /\/debian\/?$/) print words[at]
      }
      types = uris = ""; enabled = "yes"
    }
    FNR == 1 { end_stanza() }
    /^[ \t]*#/ { next }
    /^Types:/ { sub(/^Types:[ \t]*/, ""); types = $0 }
    /^URIs:/ { sub(/^URIs:[ \t]*/, ""); uris = $0 }
    /^Enabled:/ { sub(/^Enabled:[ \t]*/, ""); enabled = $0 }
    /^[ \t]*$/ { end_stanza() }
    END { end_stanza() }
  ' $(ls /etc/apt/sources.list.d/*.sources 2>/dev/null) </dev/null
  sed -nE 's/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+\/debian\/?)[[:space:]].*/\2/p' \
    $(ls /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null) </dev/null | sed '/security/d'
}
mirror=$(find_mirror | sed -n 1p)
[ -n "$mirror" ] || fail 'no Debian archive is in /etc/apt/sources.list or /etc/apt/sources.list.d'

# A view of apt with one suite only, beside the machine's own.
apt_options=()
look_in() {
  local suite=$1 suites=$1
  # Of experimental only HAProxy itself: its libraries are those of sid.
  [ "$suite" != experimental ] || suites='experimental sid'
  mkdir -p "$state/sources/$suite" "$state/lists/$suite/partial"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$mirror" "$suites" >"$state/sources/$suite/one.sources"
  apt_options=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::SourceParts=$state/sources/$suite" -o "Dir::State::Lists=$state/lists/$suite"
    -o Dir::State::status=/dev/null -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Acquire::Languages=none
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null)
  apt-get "${apt_options[@]}" update -qq
}

install_branch() {
  local branch=$1 suites=$2 suite version= folder=$prefix/haproxy-$1
  for suite in ${suites//,/ }; do
    look_in "$suite" || continue
    version=$(apt-cache "${apt_options[@]}" madison haproxy | awk -F'|' '{ gsub(/ /, "", $2); print $2 }' | grep "^$branch\." | sort -V | tail -1 || true)
    [ -z "$version" ] || break
  done
  [ -n "$version" ] || fail "HAProxy $branch is in none of the suites $suites"
  say "installing HAProxy $version of $suite into $folder"
  local packages=$state/packages/$branch fresh=$folder.new.$$
  rm -rf "$packages"
  mkdir -p "$packages" "$fresh/root"
  chown _apt "$packages" 2>/dev/null || true
  (cd "$packages" && apt-get "${apt_options[@]}" -qq download "haproxy=$version" $libraries)
  for package in "$packages"/*.deb; do dpkg-deb -x "$package" "$fresh/root"; done
  rm -rf "$packages"
  # The master starts itself again by argv[0] when it reloads: that has to be this script.
  cat >"$fresh/haproxy" <<SCRIPT
#!/bin/sh
root=$folder/root
libraries=\$root/usr/lib/x86_64-linux-gnu
exec "\$libraries/ld-linux-x86-64.so.2" --argv0 "$folder/haproxy" --library-path "\$libraries:\$root/lib/x86_64-linux-gnu:\$libraries/libjemalloc" "\$root/usr/sbin/haproxy" "\$@"
SCRIPT
  chmod 755 "$fresh/haproxy"
  rm -rf "$folder"
  mv "$fresh" "$folder"
  is_branch "$folder/haproxy" "$branch" || fail "$folder/haproxy does not run"
}

for target in $missing; do install_branch "${target%%:*}" "${target#*:}"; done
show
