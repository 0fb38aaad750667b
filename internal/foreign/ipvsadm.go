package foreign

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ipvsadmLong are the long forms of options (ipvsadm(8)).
var ipvsadmLong = map[string]string{
	"--add-service": "-A", "--edit-service": "-E", "--add-server": "-a", "--edit-server": "-e", "--tcp-service": "-t", "--udp-service": "-u",
	"--fwmark-service": "-f", "--scheduler": "-s", "--persistent": "-p", "--netmask": "-M", "--real-server": "-r", "--gatewaying": "-g",
	"--ipip": "-i", "--masquerading": "-m", "--weight": "-w", "--u-threshold": "-x", "--l-threshold": "-y", "--ipv6": "-6", "--ops": "-o",
	"--sched-flags": "-b", "--clear": "-C", "--sctp-service": "--sctp", "--numeric": "-n",
}

// withValue are the options that take one; -p may.
var withValue = map[string]bool{
	"-t": true, "-u": true, "-f": true, "--sctp": true, "-s": true, "-M": true, "-r": true, "-w": true, "-x": true, "-y": true, "-b": true, "--pe": true,
	"--tun-type": true, "--tun-port": true,
}

// IPVSAdm reads what ipvsadm-save prints, or a script of ipvsadm commands.
func IPVSAdm(text string, names Names) Result {
	r := &reader{names: names}
	byKey := map[string]*virtual{}
	for line := range strings.Lines(text) {
		r.line++
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if strings.ContainsFunc(line, odd) {
			r.warn("it is more than a rule, and is left out")
			continue
		}
		if len(words) > 0 && (words[0] == "ipvsadm" || strings.HasSuffix(words[0], "/ipvsadm")) {
			words = words[1:]
		}
		if len(words) == 0 {
			continue
		}
		if long, ok := ipvsadmLong[words[0]]; ok {
			words[0] = long
		}
		switch words[0] {
		case "-C", "-Z":
		case "--set":
			if len(words) == 4 {
				r.global = append(r.global, fmt.Sprintf("lvs_timeouts tcp %s tcpfin %s udp %s", words[1], words[2], words[3]))
				continue
			}
			r.warn("--set takes three timeouts")
		case "-A", "-a":
			r.ipvsadmRule(words, byKey)
		default:
			r.warn("%s has no counterpart", words[0])
		}
	}
	r.withRealServers()
	if len(r.virtuals) > 0 {
		r.warn("the rules name neither checks nor who holds the virtual addresses: add a checker to each real_server, and a vrrp_instance")
	}
	return r.result()
}

// odd tells what no rule has, and what would mean something else in a keepalived.conf.
func odd(c rune) bool {
	return c < ' ' && c != '\n' && c != '\t' && c != '\r' || strings.ContainsRune("{}\"'!$\\~@|&;`", c)
}

// ipvsadmOptions reads the options of a rule.
func (r *reader) ipvsadmOptions(words []string) (o map[string]string, ok bool) {
	o = map[string]string{}
	for i := 1; i < len(words); i++ {
		name := words[i]
		if long, ok := ipvsadmLong[name]; ok {
			name = long
		}
		switch {
		case name == "-b" && i+1 == len(words):
			// ipvsadm-save names two flags of sh and mh and has no word for the third.
			o[name] = "flag-3"
		case withValue[name]:
			if i+1 >= len(words) {
				r.warn("%s lacks its value", name)
				return nil, false
			}
			i++
			o[name] = words[i]
		case name == "-p":
			o[name] = ""
			if i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
				i++
				o[name] = words[i]
			}
		default:
			o[name] = ""
		}
	}
	return o, true
}

// ipvsadmRule takes in -A or -a.
func (r *reader) ipvsadmRule(words []string, byKey map[string]*virtual) {
	o, ok := r.ipvsadmOptions(words)
	if !ok {
		return
	}
	address, protocol := "", ""
	for name, p := range map[string]string{"-t": "TCP", "-u": "UDP", "--sctp": "SCTP"} {
		if s, is := o[name]; is {
			a, port, ok := r.endpoint(s, p)
			if !ok {
				r.warn("%s: no such address or port; the rule is left out", s)
				return
			}
			address, protocol = place(a, port), p
		}
	}
	mark, marked := o["-f"]
	if marked {
		n, ok := fwmark(mark)
		if !ok {
			r.warn("%s is no firewall mark; the rule is left out", mark)
			return
		}
		address = fmt.Sprint("fwmark ", n)
	}
	if address == "" {
		r.warn("%s names no service; the rule is left out", words[0])
		return
	}
	_, six := o["-6"]
	key := fmt.Sprint(address, protocol, six)
	if words[0] == "-A" {
		if byKey[key] != nil {
			r.warn("%s is added twice", address)
			return
		}
		v := &virtual{Address: address, Settings: serviceSettings(o, protocol, six)}
		byKey[key] = v
		r.virtuals = append(r.virtuals, v)
		return
	}
	v := byKey[key]
	if v == nil {
		r.warn("%s has not been added; the real server is left out", address)
		return
	}
	a, port, ok := r.endpoint(o["-r"], protocol)
	if !ok {
		r.warn("%s: no such address or port; the real server is left out", o["-r"])
		return
	}
	if family := "ip_family inet"; marked && !six && a.Is6() && !slices.Contains(v.Settings, family) {
		v.Settings = append(v.Settings, family) // of a mark, the real servers would say it
	}
	v.Real = append(v.Real, realServer{Address: place(a, port), Settings: serverSettings(o)})
}

// fwmark reads a firewall mark. ipvsadm-save prints those from 2^31 on as negative numbers.
func fwmark(s string) (uint32, bool) {
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil || n == 0 || n < math.MinInt32 || n > math.MaxUint32 {
		return 0, false
	}
	return uint32(n), true
}

// withRealServers leaves out what a keepalived.conf cannot say: a service that has no real server.
func (r *reader) withRealServers() {
	r.line = 0
	r.virtuals = slices.DeleteFunc(r.virtuals, func(v *virtual) bool {
		if len(v.Real) == 0 {
			r.warn("%s has no real server, which a keepalived.conf cannot say; the service is left out", v.Address)
		}
		return len(v.Real) == 0
	})
}

// serviceSettings are the lines of a virtual_server.
func serviceSettings(o map[string]string, protocol string, six bool) (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	scheduler := o["-s"]
	if scheduler == "" {
		scheduler = "wlc"
	}
	add("lb_algo %s", scheduler)
	add("lb_kind DR") // each real server has its own
	if protocol != "" {
		add("protocol %s", protocol)
	}
	if six {
		add("ip_family inet6")
	}
	if timeout, ok := o["-p"]; ok {
		if timeout == "" {
			timeout = "300" // ipvsadm's default
		}
		add("persistence_timeout %s", timeout)
	}
	if mask := o["-M"]; mask != "" {
		add("persistence_granularity %s", mask)
	}
	if pe := o["--pe"]; pe != "" {
		add("persistence_engine %s", pe)
	}
	if _, ok := o["-o"]; ok {
		add("ops")
	}
	if flags := o["-b"]; flags != "" {
		for f := range strings.SplitSeq(flags, ",") {
			add("%s", f)
		}
	}
	return lines
}

// serverSettings are the lines of a real_server.
func serverSettings(o map[string]string) (lines []string) {
	kind := "DR"
	if _, ok := o["-m"]; ok {
		kind = "NAT"
	}
	if _, ok := o["-i"]; ok {
		kind = "TUN"
		if t := o["--tun-type"]; t != "" && t != "ipip" {
			kind += " type " + t
			if port := o["--tun-port"]; port != "" {
				kind += " port " + port
			}
			for _, c := range []string{"nocsum", "csum", "remcsum"} {
				if _, ok := o["--tun-"+c]; ok {
					kind += " " + c
				}
			}
		}
	}
	weight := "1"
	if w, err := strconv.ParseUint(o["-w"], 10, 31); err == nil {
		weight = fmt.Sprint(w)
	}
	lines = []string{"lvs_method " + kind, "weight " + weight}
	for name, keyword := range map[string]string{"-x": "uthreshold", "-y": "lthreshold"} {
		if v := o[name]; v != "" && v != "0" {
			lines = append(lines, keyword+" "+v)
		}
	}
	return lines
}
