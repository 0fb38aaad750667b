package foreign

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Names turns names into numbers.
type Names struct {
	Host    func(name string) (netip.Addr, bool)
	Service func(name, protocol string) (uint16, bool)
}

// Result is a configuration with what it does not say.
type Result struct {
	Text     string
	Warnings []string
}

// virtual is a virtual_server to write.
type virtual struct {
	Address  string // as in keepalived.conf: "192.0.2.1 80" or "fwmark 3"
	Settings []string
	Real     []realServer
}

type realServer struct {
	Address  string
	Settings []string
	Check    []string // lines of a checker's block, the first its name
}

// reader gathers what a foreign file says.
type reader struct {
	names    Names
	line     int
	global   []string
	static   []string // static_ipaddress
	virtuals []*virtual
	warnings []string
}

func (r *reader) warn(format string, args ...any) {
	at := ""
	if r.line > 0 {
		at = fmt.Sprintf("line %d: ", r.line)
	}
	r.warnings = append(r.warnings, at+fmt.Sprintf(format, args...))
}

// result writes the configuration.
func (r *reader) result() Result {
	var b strings.Builder
	block(&b, "", "global_defs", r.global, nil)
	block(&b, "", "static_ipaddress", r.static, nil)
	for _, v := range r.virtuals {
		block(&b, "", "virtual_server "+v.Address, v.Settings, func() {
			for _, s := range v.Real {
				block(&b, "    ", "real_server "+s.Address, s.Settings, func() {
					if len(s.Check) > 0 {
						check(&b, s.Check)
					}
				})
			}
		})
	}
	return Result{b.String(), r.warnings}
}

// block writes a block; one that is empty at the top level is left out unless it has a body.
func block(b *strings.Builder, indent, head string, lines []string, body func()) {
	if len(lines) == 0 && body == nil {
		return
	}
	b.WriteString(indent + head + " {\n")
	for _, l := range lines {
		b.WriteString(indent + "    " + l + "\n")
	}
	if body != nil {
		body()
	}
	b.WriteString(indent + "}\n")
}

// check writes a checker; of HTTP_GET and SSL_GET, what begins with a dot belongs into its url block.
func check(b *strings.Builder, lines []string) {
	const indent = "            "
	b.WriteString("        " + lines[0] + " {\n")
	var url []string
	for _, l := range lines[1:] {
		if rest, ok := strings.CutPrefix(l, "."); ok {
			url = append(url, rest)
		} else {
			b.WriteString(indent + l + "\n")
		}
	}
	block(b, indent, "url", url, nil)
	b.WriteString("        }\n")
}

// quote is a word as the file can hold it; false where it cannot.
func quote(s string) (string, bool) {
	if s == "" || strings.ContainsAny(s, "\"\\\n\r$") || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' }) {
		return "", false
	}
	return `"` + s + `"`, true
}

// endpoint reads HOST:PORT, [ADDR]:PORT or HOST, with names.
func (r *reader) endpoint(s, protocol string) (netip.Addr, uint16, bool) {
	host, port := s, ""
	switch i := strings.LastIndexByte(s, ':'); {
	case strings.HasPrefix(s, "["):
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return netip.Addr{}, 0, false
		}
		host, port = s[1:end], strings.TrimPrefix(s[end+1:], ":")
	case i >= 0 && strings.Count(s, ":") == 1:
		host, port = s[:i], s[i+1:]
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		var ok bool
		if a, ok = r.names.Host(host); !ok {
			return netip.Addr{}, 0, false
		}
	}
	n, ok := r.port(port, protocol)
	return a.Unmap().WithZone(""), n, ok
}

func (r *reader) port(s, protocol string) (uint16, bool) {
	if s == "" {
		return 0, true
	}
	if n, err := strconv.ParseUint(s, 10, 16); err == nil {
		return uint16(n), true
	}
	return r.names.Service(s, strings.ToLower(protocol))
}

func place(a netip.Addr, port uint16) string { return fmt.Sprintf("%s %d", a, port) }
