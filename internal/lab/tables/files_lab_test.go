//go:build lab

package tables

import (
	"fmt"
	"strings"
)

// file is a configuration that the test writes.
type file struct {
	name, text string
	// least is how many services it has to have in the kernel, so that a file that is not understood is
	// seen.
	least int
	// whole starts all processes: an instance has to be MASTER. Otherwise only that of the checkers runs.
	whole bool
	// imports: what ipvsadm-save prints of it is imported as well.
	imports bool
	// rest is how many times in a row the table has to be the same, a quarter of a second apart; 1 when zero.
	rest int
}

// writer writes virtual servers, each with an address of its own.
type writer struct {
	strings.Builder
	servers int
}

// address is the virtual address number n.
func address(n int) string { return fmt.Sprintf("10.1.%d.%d", n/200, n%200+1) }

// virtual writes a virtual server of the next address with two real servers, to which real adds lines.
func (w *writer) virtual(protocol, options, real string) {
	w.of(address(w.servers)+" 80", protocol, options, realServers("10.2.0.", real))
}

func (w *writer) of(name, protocol, options, reals string) {
	w.servers++
	if protocol != "" {
		options += "\n protocol " + protocol
	}
	if !strings.Contains(options, "lb_algo") {
		options += "\n lb_algo wlc"
	}
	if !strings.Contains(options, "lb_kind") && !strings.Contains(options, "lvs_method") {
		options += "\n lb_kind DR"
	}
	fmt.Fprintf(w, "virtual_server %s {\n %s\n%s}\n", name, strings.TrimSpace(options), reals)
}

func realServers(network, lines string) string {
	var b strings.Builder
	for i := 1; i <= 2; i++ {
		fmt.Fprintf(&b, " real_server %s%d 80 {\n  weight %d\n  %s\n }\n", network, i, i, strings.ReplaceAll(lines, "\n", "\n  "))
	}
	return b.String()
}

// generated are the files of the test.
func generated() []file {
	return []file{
		schedulers(), methods(), persistences(), protocols(), marks(), groups(), markedGroups(), realServerOptions(),
		quorums(), failures(), timeouts(), gated(),
	}
}

// schedulers has every scheduler without and with every flag that it takes, under both keywords.
func schedulers() file {
	var w writer
	for i, s := range strings.Fields("rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq twos") {
		flags := []string{"", "flag-1", "flag-2", "flag-3", "flag-1\n flag-2", "flag-1\n flag-2\n flag-3"}
		switch s {
		case "sh":
			flags = append(flags, "sh-port", "sh-fallback", "sh-port\n sh-fallback", "hashed")
		case "mh":
			flags = append(flags, "mh-port", "mh-fallback", "mh-port\n mh-fallback")
		}
		for _, f := range flags {
			keyword := []string{"lb_algo", "lvs_sched"}[i%2]
			w.virtual("TCP", keyword+" "+s+"\n lb_algo "+s+"\n "+f, "")
		}
	}
	return file{name: "schedulers", text: w.String(), least: 80, imports: true}
}

// methods has every way of forwarding, of the virtual server and of the real server alone, over both
// families and, in tunnels, from one to the other.
func methods() file {
	var w writer
	tunnels := []string{
		"TUN", "TUN type ipip", "TUN type gue port 6080", "TUN type gue port 1", "TUN type gue port 65535 nocsum",
		"TUN type gue port 6080 csum", "TUN type gue port 6080 remcsum", "TUN type gre", "TUN type gre nocsum", "TUN type gre csum",
	}
	for i, kind := range append([]string{"NAT", "DR"}, tunnels...) {
		keyword := []string{"lb_kind", "lvs_method"}[i%2]
		w.virtual("TCP", keyword+" "+kind, "")
		w.virtual("TCP", "lb_kind NAT", "lvs_method "+kind)
		w.of(fmt.Sprintf("2001:db8::%d 80", i+1), "TCP", keyword+" "+kind, realServers("2001:db8:1::", ""))
		if strings.HasPrefix(kind, "TUN") {
			w.of(fmt.Sprintf("2001:db8::1:%d 80", i+1), "TCP", keyword+" "+kind, realServers("10.2.0.", ""))
			w.virtual("TCP", keyword+" "+kind, "")
			w.of(address(w.servers)+" 80", "TCP", keyword+" "+kind, realServers("2001:db8:1::", ""))
		}
	}
	// Ports that only masquerading can change.
	for _, kind := range []string{"NAT", "DR", "TUN", "TUN type gue port 6080"} {
		w.of(address(w.servers)+" 443", "TCP", "lb_kind "+kind, realServers("10.2.0.", ""))
		w.of(address(w.servers)+" 443", "TCP", "lb_kind "+kind, " real_server 10.2.0.1 {\n }\n real_server 10.2.0.2 8443 {\n }\n")
	}
	return file{name: "methods", text: w.String(), least: 70}
}

// persistences has timeouts, granularities and the engine, alone and together.
func persistences() file {
	var w writer
	timeouts := []string{"", "persistence_timeout", "persistence_timeout 1", "persistence_timeout 50", "persistence_timeout 2678400"}
	for _, t := range timeouts {
		for _, g := range []string{"", "255.255.255.0", "255.255.255.255", "0.0.0.255", "128.0.0.0"} {
			if g != "" {
				g = "\n persistence_granularity " + g
			}
			w.virtual("TCP", t+g, "")
			w.virtual("UDP", t+g+"\n persistence_engine sip", "")
		}
		for _, g := range []string{"", "1", "64", "127", "128"} {
			if g != "" {
				g = "\n persistence_granularity " + g
			}
			w.of(fmt.Sprintf("2001:db8::2:%d 80", w.servers), "TCP", t+g, realServers("2001:db8:1::", ""))
			w.of(fmt.Sprintf("2001:db8::2:%d 80", w.servers), "UDP", t+g+"\n persistence_engine sip", realServers("2001:db8:1::", ""))
		}
	}
	w.virtual("TCP", "lb_algo sh\n sh-port\n persistence_timeout 10\n persistence_granularity 255.255.0.0", "")
	// Every port of an address: persistent only.
	w.of(address(w.servers), "TCP", "persistence_timeout 30", " real_server 10.2.0.1 {\n }\n real_server 10.2.0.2 {\n  weight 7\n }\n")
	w.of(address(w.servers), "TCP", "", " real_server 10.2.0.1 {\n }\n")
	return file{name: "persistences", text: w.String(), least: 100}
}

// protocols has all of them and one packet scheduling.
func protocols() file {
	var w writer
	for _, p := range []string{"TCP", "UDP", "SCTP", "tcp", "udp", "sctp"} {
		for _, options := range []string{"", "ops", "ops\n persistence_timeout 20", "lb_kind NAT", "ops\n flag-1\n lb_algo rr"} {
			w.virtual(p, options, "")
			w.of(fmt.Sprintf("2001:db8::3:%d 80", w.servers), p, options, realServers("2001:db8:1::", ""))
		}
	}
	// The same address and port under several protocols.
	for _, p := range []string{"TCP", "UDP", "SCTP"} {
		w.of("10.1.9.9 53", p, "", realServers("10.2.0.", ""))
	}
	return file{name: "protocols", text: w.String(), least: 60}
}

// marks has services by firewall mark, of both families.
func marks() file {
	var w writer
	for i, mark := range []string{"1", "16", "2147483647", "2147483648", "4294967295"} {
		w.of("fwmark "+mark, "", []string{"lb_kind DR", "lb_kind NAT"}[i%2], realServers("10.2.0.", ""))
		w.of("fwmark "+mark, "", "ip_family inet6\n lb_kind DR", realServers("2001:db8:1::", ""))
	}
	w.of("fwmark 77", "", "lb_kind TUN\n ip_family inet", realServers("2001:db8:1::", ""))
	w.of("fwmark 78", "", "lb_kind DR\n persistence_timeout 9\n lb_algo mh\n mh-port", " real_server 10.2.0.1 {\n }\n real_server 10.2.0.2 8080 {\n }\n")
	w.of("fwmark 79", "", "lb_kind NAT", " real_server 10.2.0.1 {\n }\n real_server 10.2.0.2 8080 {\n }\n")
	return file{name: "marks", text: w.String(), least: 9, imports: true}
}

// groups has virtual_server_groups of addresses, ranges, blocks and marks. A range beyond the last part of
// an address is not among them: keepalived 2.2.7 never gets to its end.
func groups() file {
	var w writer
	add := w.group
	add("plain", "10.3.0.1 80\n 10.3.0.2 443\n 10.3.0.3 80", "TCP", "", realServers("10.2.0.", ""))
	add("range", "10.3.1.1-5 80\n 10.3.1.250-10.3.1.253 81", "TCP", "lb_kind NAT", realServers("10.2.0.", ""))
	add("block", "10.3.8.0/28 80", "SCTP", "", realServers("10.2.0.", ""))
	add("mixed", "10.3.3.1 80\n 10.3.3.10-12 80\n fwmark 300\n fwmark 301", "TCP", "persistence_timeout 5", realServers("10.2.0.", ""))
	add("marks", "fwmark 310\n fwmark 311", "", "", realServers("10.2.0.", ""))
	add("six", "2001:db8::4:1 80\n 2001:db8::4:10-1f 80\n fwmark 320 inet6", "UDP", "ops", realServers("2001:db8:1::", ""))
	add("tunnel", "10.3.4.1 80\n 10.3.4.2-3 80", "TCP", "lb_kind TUN type gre csum", realServers("2001:db8:1::", ""))
	add("both", "10.3.5.1 80\n 2001:db8::5:1 80\n fwmark 330 inet\n fwmark 330 inet6", "TCP", "lb_kind TUN", realServers("10.2.0.", ""))
	add("ports", "10.3.6.1-2\n 10.3.6.9", "TCP", "persistence_timeout 8", " real_server 10.2.0.1 {\n }\n")
	add("flags", "10.3.7.1 80\n 10.3.7.2 80", "TCP", "lb_algo sh\n sh-port\n sh-fallback\n sorry_server 10.2.0.99 80", realServers("10.2.0.", "uthreshold 9"))
	return file{name: "groups", text: w.String(), least: 40}
}

// group writes a virtual_server_group and a virtual server with it.
func (w *writer) group(name, entries, protocol, options, reals string) {
	fmt.Fprintf(w, "virtual_server_group %s {\n %s\n}\n", name, entries)
	w.of("group "+name, protocol, options, reals)
}

// markedGroups has groups that are services by mark: nftables_ipvs. The kernel of a guest has no nftables, so
// no packet would get the mark, but both sides make the services.
func markedGroups() file {
	var w writer
	w.WriteString("global_defs {\n nftables_ipvs\n nftables_ipvs_start_fwmark 500\n}\n")
	w.group("plain", "10.3.0.1 80\n 10.3.0.2 80\n 10.3.0.5-9 80", "TCP", "", realServers("10.2.0.", "uthreshold 7"))
	w.of("group plain", "UDP", "ops", realServers("10.2.0.", ""))
	w.of("group plain", "SCTP", "persistence_timeout 9", realServers("10.2.0.", ""))
	w.group("nat", "10.3.1.0/28 80\n 10.3.1.20 443", "TCP", "lb_kind NAT\n lb_algo mh\n mh-port", " real_server 10.2.0.1 8080 {\n }\n real_server 10.2.0.2 8080 {\n }\n")
	w.group("six", "2001:db8::1 80\n 2001:db8::5-9 80", "TCP", "", realServers("2001:db8:1::", ""))
	w.group("both", "10.3.2.1 80\n 2001:db8::2:1 80", "TCP", "lb_kind TUN\n sorry_server 10.2.0.9 80\n sorry_server_lvs_method TUN", realServers("10.2.0.", ""))
	w.group("every", "10.3.3.1\n 10.3.3.2 80", "TCP", "persistence_timeout 60", " real_server 10.2.0.1 {\n }\n")
	w.group("mixed", "10.3.4.1 80\n fwmark 9", "TCP", "", realServers("10.2.0.", ""))
	w.virtual("TCP", "", "")
	return file{name: "markedgroups", text: w.String(), least: 11}
}

// realServerOptions has weights and thresholds.
func realServerOptions() file {
	var w writer
	for _, lines := range []string{
		"weight 0", "weight 1", "weight 65535", "weight 65536", "weight 2147483647",
		"uthreshold 100", "lthreshold 10", "uthreshold 100\nlthreshold 50", "uthreshold 50\nlthreshold 100", "uthreshold 4294967295",
		"inhibit_on_failure", "inhibit_on_failure off", "alpha off",
	} {
		w.virtual("TCP", "", lines)
		w.virtual("TCP", "weight 5\n inhibit_on_failure", lines)
	}
	w.of(address(w.servers)+" 80", "TCP", "weight 9", " real_server 10.2.0.1 80 {\n }\n real_server 10.2.0.2 80 {\n  weight 3\n }\n")
	w.of(address(w.servers)+" 80", "TCP", "", " real_server 10.2.0.1 80 {\n }\n real_server 10.2.0.1 81 {\n }\n real_server 10.2.0.1 80 {\n  weight 4\n }\n")
	return file{name: "realservers", text: w.String(), least: 20}
}

// unanswered is a check that neither succeeds nor fails while the test looks.
const unanswered = "TCP_CHECK {\n connect_timeout 60\n connect_port 9\n}"

// quorums has quorums that are not reached, sorry servers with and without an own method, and alpha.
func quorums() file {
	var w writer
	sorries := []string{
		"", "sorry_server 10.2.0.99 80", "sorry_server 10.2.0.99", "sorry_server 10.2.0.99 8080", "sorry_server 10.2.0.99 80\n sorry_server_inhibit",
		"sorry_server 10.2.0.99 80\n sorry_server_lvs_method NAT", "sorry_server 10.2.0.99 80\n sorry_server_lvs_method TUN type gue port 7",
		"sorry_server 2001:db8:1::99 80\n sorry_server_lvs_method TUN",
	}
	for _, sorry := range sorries {
		for _, quorum := range []string{"", "quorum 2", "quorum 3\n hysteresis 1", "quorum 9\n hysteresis 8"} {
			w.virtual("TCP", sorry+"\n "+quorum, "")
			w.virtual("TCP", sorry+"\n "+quorum+"\n alpha", unanswered)
			w.virtual("TCP", sorry+"\n "+quorum+"\n alpha", unanswered+"\ninhibit_on_failure")
			w.virtual("TCP", sorry+"\n "+quorum, "alpha\n"+unanswered)
		}
		w.virtual("TCP", sorry, "weight 0")
		w.virtual("TCP", sorry+"\n alpha", "")
	}
	return file{name: "quorums", text: w.String(), least: 130}
}

// failures has checks that fail at once: the table is that of real servers that are down.
func failures() file {
	var w writer
	w.WriteString("global_defs {\n script_user root\n enable_script_security\n}\n")
	const check = "MISC_CHECK {\n misc_path /usr/bin/%s\n delay_loop 60\n warmup 0\n retry 0\n}"
	fails, holds := fmt.Sprintf(check, "false"), fmt.Sprintf(check, "true")
	one := func(first, second string) string {
		return fmt.Sprintf(" real_server 10.2.0.1 80 {\n  weight 3\n  %s\n }\n real_server 10.2.0.2 80 {\n  weight 2\n  %s\n }\n",
			strings.ReplaceAll(first, "\n", "\n  "), strings.ReplaceAll(second, "\n", "\n  "))
	}
	for _, options := range []string{
		"", "quorum 2", "quorum 3", "quorum 5\n hysteresis 2", "sorry_server 10.2.0.99 80", "sorry_server 10.2.0.99 80\n quorum 4",
		"sorry_server 10.2.0.99 80\n sorry_server_inhibit\n quorum 4", "sorry_server 10.2.0.99 80\n sorry_server_inhibit", "inhibit_on_failure\n quorum 4\n sorry_server 10.2.0.99 80",
	} {
		w.of(address(w.servers)+" 80", "TCP", options, one(fails, holds))
		w.of(address(w.servers)+" 80", "TCP", options, one(fails, fails))
		w.of(address(w.servers)+" 80", "TCP", options, one(fails+"\ninhibit_on_failure", holds))
		w.of(address(w.servers)+" 80", "TCP", options, one(fails+"\ninhibit_on_failure", fails+"\ninhibit_on_failure"))
		w.of(address(w.servers)+" 80", "TCP", options+"\n alpha", one(fails, holds))
	}
	return file{name: "failures", text: w.String(), least: 40, rest: 16}
}

// timeouts has lvs_timeouts.
func timeouts() file {
	var w writer
	w.WriteString("global_defs {\n lvs_timeouts tcp 1234 tcpfin 56 udp 78\n}\n")
	w.virtual("TCP", "", "")
	return file{name: "timeouts", text: w.String(), least: 1}
}

// gated has services that follow an instance, which has to be MASTER first.
func gated() file {
	var w writer
	w.WriteString(`vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 255
    state MASTER
    virtual_ipaddress {
        10.3.0.1
        10.3.0.2
    }
    virtual_ipaddress_excluded {
        2001:db8::4:1
    }
}
virtual_server_group held {
    10.3.0.1 80
    10.3.0.2 80
    fwmark 5
}
`)
	w.of("group held", "TCP", "lb_kind NAT\n persistence_timeout 5", realServers("10.2.0.", ""))
	w.of("10.3.0.1 443", "TCP", "lb_algo mh\n mh-port\n sorry_server 10.2.0.9 443", realServers("10.2.0.", "uthreshold 5"))
	w.of("2001:db8::4:1 443", "SCTP", "lb_kind TUN type gue port 6080 csum", realServers("10.2.0.", ""))
	w.of("fwmark 6", "", "lb_algo sh\n sh-port", realServers("10.2.0.", ""))
	w.of("10.3.0.200 443", "TCP", "", realServers("10.2.0.", "")) // nobody holds it
	return file{name: "gated", text: w.String(), least: 7, whole: true}
}
