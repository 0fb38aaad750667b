package manual

const intro = `The file says which addresses this machine shares with others by VRRP, which virtual servers it
balances in the kernel's IPVS table, and how it finds out whether their real servers are fit.

*holdfast*(8) reads the language of keepalived 2.4.3 as that does: a file that loads there loads here and
means the same. Where Holdfast differs on purpose, docs/differences.md of its sources has the list. What
keepalived warns of and ignores is warned of and ignored; *holdfastctl check* says more of it.`

const language = `A line is a keyword with its words. Words are parted by blanks; one in double quotes may contain
blanks. *#* and *!* begin a comment that ends with the line. A block stands between *{* and *}*; the *{* may
stand on the line of the keyword or on the next. The } of a block that nobody knows ends the block around
it.

Numbers are decimal. One out of its range is reported, and the setting keeps its value. A keyword that
lacks a word it needs ends the reading with exit status 2. Where a keyword is given twice the last counts,
but for scripts, FIFOs and blocks of one name, where the first does. Booleans are on, true, yes, off, false
and no; without a word a flag is on.

Some lines depend on their order: flags of a scheduler stand below lb_algo, sorry_server_inhibit below
sorry_server, and a script, file, process or BFD session to track is defined above what tracks it.`

const conventions = `Each context has its keywords with what follows them: <text> stands for a word, [text] for what may
be left out, a | b for one of them, ... for more of the same. The release is keepalived's.`

// contexts say what a context is for.
var contexts = map[string]string{
	"top": `What stands outside of every block. Processes and namespaces are settled here; the blocks describe
virtual routers, what they track, and virtual servers.`,
	"SSL": `The client's key and certificates for SSL_GET. One block serves all checks.`,
	"(anywhere)": `Forms of the language, good in every block. Includes are read in place; definitions are put in
where they are used, so that one may stand for a part of a line, a line, or several.`,
	"global_defs": `Settings of the processes, and defaults that instances, virtual servers and checks take over where
they say nothing themselves. There may be several blocks; later settings win.`,
	"track_group": `Names instances whose interfaces static addresses, routes and rules go by.`,
	"vrrp_sync_group": `Instances that become MASTER and BACKUP together: a fault of one is a fault of all. It has
scripts of its own, called with GROUP in place of INSTANCE.`,
	"garp_group": `Spaces gratuitous ARP and unsolicited neighbour advertisements, for switches that would drop a
burst. The interfaces of one block share the gap.`,
	"vrrp_instance": `One virtual router: an interface, an identifier from 1 to 255, a priority and the addresses that
the MASTER holds. A router of higher priority takes over, unless nopreempt holds it back; 255 stands for the
owner of the addresses.`,
	"vrrp_instance/authentication": `The passwords of RFC 2338, for version 2. Whoever can listen can read a PASS.`,
	"vrrp_instance/auth_hmac": `Adverts signed with HMAC-SHA-256. Several keys make room for a change: the routers learn the
new one first, then active_key moves.`,
	"vrrp_script": `A command that is run again and again. While it fails, the instances that track it are in FAULT, or
of another priority if it has a weight.`,
	"vrrp_track_process": `Counts processes of a name. Fewer than quorum, or more than quorum_max, is a failure.`,
	"bfd_instance": `A session of bidirectional forwarding detection (RFC 5880) with a neighbour, for track_bfd and
BFD_CHECK.`,
	"track_file": `A file with a number that instances and FILE_CHECK go by: the number times the weight is added to a
priority or a weight.`,
	"vrrp_track_file": `The old name of track_file.`,
	"virtual_server": `One service: an address and port, a firewall mark, or a group of them, with a scheduler, a way of
forwarding and its real servers. Settings of checks given here hold for all real servers.`,
	"virtual_server/real_server":                 `One machine that serves. Its checks decide whether it is used; without any it counts as up.`,
	"virtual_server/real_server/MISC_CHECK":      `A program decides: exit status 0 is up.`,
	"virtual_server/real_server/SMTP_CHECK":      `The dialogue of a mail server, as far as its answer to HELO.`,
	"virtual_server/real_server/SMTP_CHECK/host": `The old form of the settings of SMTP_CHECK.`,
	"virtual_server/real_server/TCP_CHECK":       `A connection that comes about is up; it is closed at once.`,
	"virtual_server/real_server/PING_CHECK":      `An answer to an ICMP echo request is up.`,
	"virtual_server/real_server/UDP_CHECK":       `A packet is sent; an ICMP error is down, and with require_reply so is silence.`,
	"virtual_server/real_server/HTTP_GET":        `One or more pages are fetched; status, digest or text of each decide.`,
	"virtual_server/real_server/HTTP_GET/url":    `One page, with what its answer has to be.`,
	"virtual_server/real_server/SSL_GET":         `HTTP_GET over TLS. Certificates of the server are not verified.`,
	"virtual_server/real_server/SSL_GET/url":     `One page, with what its answer has to be.`,
	"virtual_server/real_server/DNS_CHECK":       `A question by UDP; any answer without an error is up.`,
	"virtual_server/real_server/FILE_CHECK":      `The number in a track_file is added to the weight.`,
	"virtual_server/real_server/BFD_CHECK":       `The state of a bfd_instance.`,
	"address-entry": `A line of virtual_ipaddress, virtual_ipaddress_excluded or static_ipaddress: an address, and words
in the manner of ip-address(8).`,
	"route-entry":            `A line of virtual_routes or static_routes: a destination, and words in the manner of ip-route(8).`,
	"rule-entry":             `A line of virtual_rules or static_rules, in the manner of ip-rule(8).`,
	"encap-entry":            `What may follow encap in a route.`,
	"virtual_server-address": `What follows virtual_server.`,
	"vsg-entry":              `A line of virtual_server_group.`,
	"lb_kind-options":        `What may follow TUN: the form of the tunnel.`,
}
