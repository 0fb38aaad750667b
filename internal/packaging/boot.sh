# boot.sh PACKAGE CONFIG OTHER DIRECTORY CGROUP: systemd.sh under a real systemd, on this host with all that is
# written going to memory. It is called in namespaces of its own, of mounts, processes, network, cgroups; the
# output comes to DIRECTORY.
set -eu
package=$1 config=$2 other=$3 out=$4 cgroup=$5

work=$(mktemp -d)
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root" "$work/cgroups"
root=$work/root
mount -t overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" overlay "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$work/cgroups"
mkdir "$work/cgroups/$cgroup"
echo $$ >"$work/cgroups/$cgroup/cgroup.procs"
[ -d "$root/sys/fs/cgroup" ] && mount --bind "$work/cgroups/$cgroup" "$root/sys/fs/cgroup"
for dir in dev run tmp; do mount -t tmpfs tmpfs "$root/$dir"; done
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/zero" c 1 5
mknod -m 666 "$root/dev/random" c 1 8
mknod -m 666 "$root/dev/urandom" c 1 9
mknod -m 666 "$root/dev/full" c 1 7
mknod -m 666 "$root/dev/tty" c 5 0
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue" "$root/dev/hugepages"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
touch "$root/dev/console"
mkdir -p "$root/etc/keepalived" "$root/var/story"
mount --bind "$out" "$root/var/story"
cp "$config" "$root/etc/keepalived/keepalived.conf"
cp "$other" "$root/var/other.conf"
cp "$package" "$root/var/holdfast.deb"
cp systemd.sh "$root/var/systemd.sh"
rm -f "$root/usr/sbin/policy-rc.d" "$root"/etc/systemd/system/*.wants/*

# What concerns the kernel as a whole is not touched.
units=$root/etc/systemd/system
for unit in systemd-sysctl.service systemd-modules-load.service systemd-remount-fs.service systemd-udevd.service \
  systemd-udev-trigger.service kmod-static-nodes.service systemd-random-seed.service systemd-sysusers.service \
  networking.service dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
  sys-kernel-config.mount sys-fs-fuse-connections.mount tmp.mount proc-sys-fs-binfmt_misc.automount; do
  ln -sf /dev/null "$units/$unit"
done
cat >"$units/story.service" <<UNIT
[Unit]
DefaultDependencies=no
After=sysinit.target
[Service]
Type=oneshot
ExecStart=/bin/sh /var/systemd.sh
ExecStopPost=/bin/systemctl --force --force poweroff
UNIT
cd "$root"
exec env -i container=podman PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" /lib/systemd/systemd --log-target=null --unit=story.service
