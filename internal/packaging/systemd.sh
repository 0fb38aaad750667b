# systemd.sh is run by systemd in what boot.sh has made: the swap as an administrator does it.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
exec >/var/story/log 2>&1

say() { echo "== $*"; }
program() { tr '\0' ' ' <"/proc/$(cat /run/keepalived.pid)/cmdline"; }
units() { systemctl is-active holdfast keepalived | xargs; systemctl is-enabled holdfast keepalived | xargs; }
holds() {
  for _ in $(seq 1200); do
    ip -o address show | grep -q ' 192.0.2.100/' && return 0
    sleep 0.05
  done
  say "the address is not here"; exit 1
}

ip link set lo up
ip netns add other
ip link add eth0 type veth peer name eth0 netns other
ip link set eth0 up
ip address add 192.0.2.1/24 dev eth0
ip -n other link set eth0 up
ip -n other address add 192.0.2.2/24 dev eth0
ip -n other link set lo up
systemctl enable --quiet keepalived
systemctl start keepalived
mkdir /run/other
ip netns exec other keepalived -P -n -l -D -G -f /var/other.conf -p /run/other/p -r /run/other/r >/var/story/peer 2>&1 &
holds
dpkg -i /var/holdfast.deb
ip netns exec other ping -q -i 0.01 192.0.2.100 >/var/story/ping &
ping=$!
sleep 1

holdfastctl swap
say "after the swap: $(program)"
say "units: $(units | xargs)"
say "keepalived's processes: $(pgrep -c -f '^/usr/sbin/keepalived')"
say "left of the swap: $(ls /run/systemd/system)"
sleep 4 # longer than the peer's patience
say "the peer was MASTER: $(grep -c 'Entering MASTER STATE' /var/story/peer)"
holds
# The hardened unit, put to work without moving the address: the daemon is killed and started again.
install -D -m 644 /usr/share/doc/holdfast/hardened.conf /etc/systemd/system/holdfast.service.d/hardened.conf
systemctl daemon-reload
before=$(systemctl show --property=MainPID --value holdfast)
systemctl kill --kill-whom=main --signal=KILL holdfast
for _ in $(seq 600); do
  after=$(systemctl show --property=MainPID --value holdfast)
  [ "$after" != "$before" ] && [ "$after" != 0 ] && holdfastctl status >/dev/null 2>&1 && break
  sleep 0.1
done
sleep 1
say "hardened: $(systemctl is-active holdfast), $(holdfastctl status | grep -c 'VI_1 *MASTER'), $(systemctl show --property=NoNewPrivileges holdfast)"
sleep 3
say "the peer was MASTER: $(grep -c 'Entering MASTER STATE' /var/story/peer)"
holdfastctl swap --back
sleep 1
holds
say "back: $(program)"
say "units: $(units | xargs)"
kill -INT $ping
wait $ping
systemctl stop keepalived
say "done"
