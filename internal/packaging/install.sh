# install.sh PACKAGE CONFIG: as an administrator would, on a host that runs keepalived. The host is this one
# with all that is written going to memory; its network is that of whoever calls.
set -eu
package=$1 config=$2

work=$(mktemp -d)
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root"
root=$work/root
mount -t overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" overlay "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$root/etc/keepalived"
cp "$config" "$root/etc/keepalived/keepalived.conf"
cp "$package" "$root/tmp/holdfast.deb"
# Services may be stopped and started in here.
rm -f "$root/usr/sbin/policy-rc.d"

finish() {
  for name in keepalived vrrp checkers; do
    [ -e "$root/run/$name.pid" ] && kill -KILL "$(cat "$root/run/$name.pid")" 2>/dev/null
  done
  cd /
  umount -l "$root" "$work"
  rmdir "$work"
}
trap finish EXIT

in_root() { chroot "$root" "$@"; }
say() { echo "== $*"; }
program() { readlink "/proc/$(cat "$root/run/keepalived.pid")/exe" | sed "s#^$root##"; }
holds() {
  for _ in $(seq 1200); do
    ip -o address show | grep -q ' 192.0.2.100/' && return 0
    sleep 0.05
  done
  say "the address is not here"; exit 1
}

in_root keepalived -P -D
holds
say "began with $(program)"
touch "$work/ready"; echo ready
sleep 1 # pings of the one who calls

in_root dpkg -i /tmp/holdfast.deb
test -z "$(in_root dpkg -V holdfast keepalived)" || { say "files of the packages differ"; in_root dpkg -V holdfast keepalived; exit 1; }
in_root man -w -s 5holdfast keepalived.conf
say "installed, and $(program) goes on"
in_root holdfastctl check /etc/keepalived/keepalived.conf
in_root holdfastctl swap
holds
sleep 4 # longer than the peer's patience
say "after the swap: $(program)"
in_root ls /etc/rc3.d | grep -E 'holdfast|keepalived' | sort | sed 's/^/== at boot: /'
in_root /etc/init.d/holdfast restart
holds
sleep 4
say "after a restart: $(program)"

in_root holdfastctl swap --back
sleep 1
holds
say "back: $(program)"

in_root holdfast-links on
in_root keepalived -v
say "links: $(in_root holdfast-links status)"
in_root sh -c 'genhash --help' 2>&1 | grep -q SSL_GET || { say "genhash is not ours"; exit 1; }
in_root update-alternatives --set keepalived /usr/sbin/keepalived.distrib
say "the other alternative: $(in_root holdfast-links status)"
in_root keepalived -v
in_root dpkg -P holdfast
say "removed: $(in_root keepalived -v 2>&1 | head -n 1)"
test -z "$(in_root dpkg -V keepalived)" || { say "keepalived's files differ"; exit 1; }
left=$(in_root find /etc /usr /var/lib -xdev -name '*holdfast*')
test -z "$left" || { say "left behind: $left"; exit 1; }
say "keepalived goes on as $(program)"
