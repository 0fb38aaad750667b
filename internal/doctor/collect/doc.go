// Package collect reads the facts of this host that doctor judges: links, addresses and routes over
// netlink, sysctls, modules and sockets from /proc and /sys, rules from nft and iptables-save, and,
// where it is told to wait, what is heard on the segments. It reads as the calling thread's network
// namespace has it. It changes nothing; the connections that it tries it closes at once.
package collect
