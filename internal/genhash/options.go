package genhash

import (
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"time"

	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/checkers/http/answer"
	"github.com/holdfast-ha/holdfast/internal/getopt"
)

// options are what a command line asks for.
type options struct {
	endpoint dial.Endpoint
	protocol answer.Protocol
	url      string
	host     string
	tls, sni bool
	verbose  bool
	help     bool
}

// table are genhash's options.
var table = []struct {
	getopt.Option
	argument, help string
}{
	{getopt.Option{Name: "server", Short: 's', Arity: getopt.Required}, "ADDRESS", "Address of the server"},
	{getopt.Option{Name: "port", Short: 'p', Arity: getopt.Required}, "PORT", "Its port"},
	{getopt.Option{Name: "url", Short: 'u', Arity: getopt.Required}, "PATH", "Path of the page, as in url { path }"},
	{getopt.Option{Name: "use-ssl", Short: 'S'}, "", "Connect with TLS, as SSL_GET does"},
	{getopt.Option{Name: "use-sni", Short: 'I'}, "", "Send the name of -V in the TLS handshake"},
	{getopt.Option{Name: "use-virtualhost", Short: 'V', Arity: getopt.Required}, "NAME", "Host header (default address and port)"},
	{getopt.Option{Name: "protocol", Short: 'P', Arity: getopt.Required}, "VERSION", "1.0 (default), 1.0c with Connection: close, 1.1"},
	{getopt.Option{Name: "timeout", Short: 't', Arity: getopt.Required}, "SECONDS", "Longest wait for the server (default 5)"},
	{getopt.Option{Name: "fwmark", Short: 'm', Arity: getopt.Required}, "MARK", "Firewall mark of the packets"},
	{getopt.Option{Name: "verbose", Short: 'v'}, "", "Show head and page, too"},
	{getopt.Option{Name: "help", Short: 'h'}, "", "Show this text"},
}

// parse reads a command line and says what is wrong with it.
func parse(args []string) (*options, []string) {
	list := make([]getopt.Option, len(table))
	for i := range table {
		list[i] = table[i].Option
	}
	r := getopt.Parse(list, args)
	o := &options{protocol: answer.HTTP10}
	var mistakes []string
	for _, m := range r.Mistakes {
		mistakes = append(mistakes, m.Error())
	}
	for _, w := range r.Words {
		mistakes = append(mistakes, "unexpected argument "+w)
	}
	given := map[string]bool{}
	for _, f := range r.Options {
		given[f.Name] = true
		if err := o.set(f); err != nil {
			mistakes = append(mistakes, err.Error())
		}
	}
	for _, name := range []string{"server", "port", "url"} {
		if !given[name] && !o.help {
			mistakes = append(mistakes, "option --"+name+" is missing")
		}
	}
	return o, mistakes
}

// protocols are the words of --protocol.
var protocols = map[string]answer.Protocol{
	"1.0": answer.HTTP10, "1.0c": answer.HTTP10Close, "1.0C": answer.HTTP10Close, "1.1": answer.HTTP11,
}

// set applies one option.
func (o *options) set(f getopt.Found) error {
	e := &o.endpoint
	switch f.Name {
	case "server":
		a, err := netip.ParseAddr(f.Value)
		if err != nil {
			return fmt.Errorf("server should be an IP address, not %s", f.Value)
		}
		e.Target = netip.AddrPortFrom(a, e.Target.Port())
	case "port":
		n, err := strconv.ParseUint(f.Value, 10, 16)
		if err != nil || n == 0 {
			return fmt.Errorf("invalid port number %q", f.Value)
		}
		e.Target = netip.AddrPortFrom(e.Target.Addr(), uint16(n))
	case "fwmark":
		n, err := strconv.ParseUint(f.Value, 10, 32)
		if err != nil {
			return fmt.Errorf("invalid fwmark %q", f.Value)
		}
		e.Mark = uint32(n)
	case "timeout":
		n, err := strconv.ParseUint(f.Value, 10, 31)
		if err != nil || n == 0 {
			return fmt.Errorf("invalid timeout %q", f.Value)
		}
		e.Timeout = time.Duration(n) * time.Second
	case "protocol":
		p, known := protocols[f.Value]
		if !known {
			return fmt.Errorf("invalid HTTP protocol version %q: write 1.0, 1.0c or 1.1", f.Value)
		}
		o.protocol = p
	default:
		o.word(f)
	}
	return nil
}

// word applies an option that takes any value, or none.
func (o *options) word(f getopt.Found) {
	switch f.Name {
	case "url":
		o.url = f.Value
	case "use-virtualhost":
		o.host = f.Value
	case "use-ssl":
		o.tls = true
	case "use-sni":
		o.sni = true
	case "verbose":
		o.verbose = true
	case "help":
		o.help = true
	}
}

func usage(w io.Writer, program string) {
	fmt.Fprintf(w, "Usage: %s -s ADDRESS -p PORT -u PATH [options]\n", program)
	fmt.Fprintln(w, "Prints the MD5 digest of a page, for the digest of a url block in HTTP_GET or SSL_GET.")
	for _, o := range table {
		name := "--" + o.Name
		if o.argument != "" {
			name += "=" + o.argument
		}
		fmt.Fprintf(w, "  -%c, %-24s %s\n", o.Short, name, o.help)
	}
}
