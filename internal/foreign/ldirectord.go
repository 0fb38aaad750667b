package foreign

import (
	"fmt"
	"strconv"
	"strings"
)

// ldirector is a virtual service of ldirectord.cf with the settings of its block.
type ldirector struct {
	line     int
	address  string
	settings map[string]string
	real     []string
	lines    []int // of real
}

// Ldirectord reads ldirectord.cf (ldirectord(8)): global settings, and a block of indented lines behind
// each "virtual=".
func Ldirectord(text string, names Names) Result {
	r := &reader{names: names}
	global := map[string]string{}
	var all []*ldirector
	var v *ldirector
	for line := range strings.Lines(text) {
		r.line++
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || trimmed[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(trimmed, "=")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		indented := line[0] == ' ' || line[0] == '\t'
		switch {
		case !ok && name != "supervised":
			r.warn("it is not NAME=VALUE, and is left out")
		case strings.HasPrefix(name, "virtual") && (name == "virtual" || name == "virtual6"):
			v = &ldirector{line: r.line, address: value, settings: map[string]string{}}
			all = append(all, v)
		case indented && v != nil && (name == "real" || name == "real6"):
			v.real, v.lines = append(v.real, value), append(v.lines, r.line)
		case indented && v != nil:
			v.settings[name] = strings.Trim(value, `"`)
		default:
			global[name] = strings.Trim(value, `"`)
		}
	}
	r.line = 0
	r.ldirectorGlobal(global)
	for _, v := range all {
		for name, value := range global {
			if _, own := v.settings[name]; !own {
				v.settings[name] = value
			}
		}
		r.ldirectorVirtual(v)
	}
	r.line = 0
	if len(all) > 0 {
		r.warn("ldirectord leaves the virtual addresses to others: add a vrrp_instance that holds them")
	}
	return r.result()
}

// ldirectorGlobal takes in what is not of a virtual service.
func (r *reader) ldirectorGlobal(g map[string]string) {
	if to, ok := quote(g["emailalert"]); ok {
		r.global = append(r.global, "notification_email {", "    "+to, "}")
	}
	if from, ok := quote(g["emailalertfrom"]); ok {
		r.global = append(r.global, "notification_email_from "+from)
	}
	if smtp := g["smtp"]; smtp != "" && !strings.ContainsFunc(smtp, odd) {
		r.global = append(r.global, "smtp_server "+smtp)
	}
	for _, name := range []string{"callback", "execute", "fallbackcommand", "maintenancedir", "emailalertfreq", "emailalertstatus", "cleanstop"} {
		if g[name] != "" {
			r.warn("%s has no counterpart", name)
		}
	}
}

var ldirectorKinds = map[string]string{"gate": "DR", "masq": "NAT", "ipip": "TUN"}

// ldirectorVirtual takes in a virtual service.
func (r *reader) ldirectorVirtual(v *ldirector) {
	r.line = v.line
	set := v.settings
	protocol := strings.ToUpper(set["protocol"])
	address := ""
	if _, err := strconv.ParseUint(v.address, 10, 32); err == nil {
		address, protocol = "fwmark "+v.address, ""
	} else {
		if protocol == "" {
			protocol = "TCP"
		}
		a, port, ok := r.endpoint(v.address, protocol)
		if !ok {
			r.warn("virtual=%s: no such address or port; it is left out", v.address)
			return
		}
		address = place(a, port)
	}
	out := &virtual{Address: address}
	add := func(keyword, value string) {
		if value != "" && !strings.ContainsFunc(value, odd) && !strings.ContainsAny(value, " \t#") {
			out.Settings = append(out.Settings, keyword+" "+value)
		} else if value != "" {
			r.warn("%s %s is no value, and is left out", keyword, value)
		}
	}
	add("lb_algo", either(set["scheduler"], "wrr"))
	add("lb_kind", "DR")
	add("protocol", protocol)
	add("delay_loop", either(set["checkinterval"], "10"))
	add("persistence_timeout", set["persistent"])
	add("persistence_granularity", set["netmask"])
	if set["quiescent"] == "yes" {
		out.Settings = append(out.Settings, "inhibit_on_failure")
	}
	if fallback, _, _ := strings.Cut(set["fallback"], " "); fallback != "" {
		if a, port, ok := r.endpoint(fallback, protocol); ok {
			out.Settings = append(out.Settings, "sorry_server "+place(a, port))
		} else {
			r.warn("fallback=%s: no such address or port", fallback)
		}
	}
	for i, real := range v.real {
		r.line = v.lines[i]
		r.ldirectorReal(out, real, protocol, set)
	}
	r.virtuals = append(r.virtuals, out)
}

func either(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// ldirectorReal reads HOST[->HOST]:PORT METHOD [WEIGHT] ["REQUEST", "RECEIVE"].
func (r *reader) ldirectorReal(v *virtual, text, protocol string, set map[string]string) {
	words := strings.Fields(text)
	if len(words) == 0 {
		r.warn("real= names no server")
		return
	}
	if strings.Contains(words[0], "->") {
		r.warn("%s: a range of real servers is to be written out; it is left out", words[0])
		return
	}
	a, port, ok := r.endpoint(words[0], either(protocol, "TCP"))
	if !ok {
		r.warn("real=%s: no such address or port; it is left out", words[0])
		return
	}
	s := realServer{Address: place(a, port)}
	request, receive := set["request"], set["receive"]
	for _, w := range words[1:] {
		if kind := ldirectorKinds[w]; kind != "" {
			s.Settings = append(s.Settings, "lvs_method "+kind)
		} else if _, err := strconv.ParseUint(w, 10, 31); err == nil {
			s.Settings = append(s.Settings, "weight "+w)
		}
	}
	if _, quoted, ok := strings.Cut(text, `"`); ok {
		parts := strings.Split(quoted, `"`)
		request = parts[0]
		if len(parts) > 2 {
			receive = parts[2]
		}
	}
	s.Check = r.ldirectorCheck(set, request, receive, port)
	v.Real = append(v.Real, s)
}

// ldirectorCheck is the checker for a check type.
func (r *reader) ldirectorCheck(set map[string]string, request, receive string, port uint16) []string {
	common := []string{"connect_timeout 5"}
	if _, err := strconv.ParseUint(set["checktimeout"], 10, 16); err == nil {
		common[0] = "connect_timeout " + set["checktimeout"]
	}
	if n, err := strconv.ParseUint(set["checkport"], 10, 16); err == nil {
		common = append(common, fmt.Sprintf("connect_port %d", n))
		port = uint16(n)
	}
	if n, err := strconv.ParseUint(either(set["failurecount"], set["checkcount"]), 10, 8); err == nil && n > 1 {
		common = append(common, fmt.Sprintf("retry %d", n-1))
	}
	kind, service := either(set["checktype"], "negotiate"), set["service"]
	if service == "" {
		service = map[uint16]string{80: "http", 443: "https", 25: "smtp"}[port]
	}
	with := func(name string, more ...string) []string { return append(append([]string{name}, common...), more...) }
	switch {
	case kind == "on" || kind == "off":
		if kind == "off" {
			r.warn("checktype=off: here the real server is always up")
		}
		return nil
	case kind == "ping":
		return with("PING_CHECK")[:2]
	case kind == "connect":
		return with("TCP_CHECK")
	case strings.HasPrefix(kind, "external"):
		if command, ok := quote(set["checkcommand"]); ok {
			r.warn("%s is called without the addresses that ldirectord gives it: add them to misc_path", set["checkcommand"])
			return []string{"MISC_CHECK", "misc_path " + command}
		}
	case kind == "negotiate" && (service == "http" || service == "https"):
		name := "HTTP_GET"
		if service == "https" {
			name = "SSL_GET"
		}
		path := "/" + strings.TrimPrefix(request, "/")
		if q, ok := quote(path); ok && !strings.ContainsAny(path, " {}") {
			return with(name, append([]string{".path " + q, ".status_code 200"}, r.receive(set, receive)...)...)
		}
	case kind == "negotiate" && service == "smtp":
		return with("SMTP_CHECK")
	}
	r.warn("checktype=%s service=%s has no counterpart: a connection is tried", kind, service)
	return with("TCP_CHECK")
}

// receive are the lines of a url block for what has to come.
func (r *reader) receive(set map[string]string, receive string) (lines []string) {
	if host := set["virtualhost"]; host != "" && !strings.ContainsFunc(host, odd) && !strings.ContainsAny(host, " #") {
		lines = append(lines, ".virtualhost "+host)
	}
	if receive == "" {
		return lines
	}
	if q, ok := quote(receive); ok && !strings.ContainsAny(receive, "{}") {
		return append(lines, ".regex "+q)
	}
	r.warn("receive %q cannot be written as it is: add a regex", receive)
	return lines
}
