package metrics

import (
	"bytes"
	"compress/gzip"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// contentType is Prometheus' text format.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// Handler answers scrapes: the state, and the parent process itself (go_..., process_...). What cannot be
// told is left out.
func Handler(s Sources) http.Handler {
	return newShared(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		state, program := newEmitter(), newEmitter() // no name is in both: those of the state begin with keepalived_
		state.state(s)
		program.golang()
		program.process()
		w.Header().Set("Content-Type", contentType)
		write := w.Write
		if wantsGzip(r) {
			w.Header().Set("Content-Encoding", "gzip")
			// The text is long and says much the same: the fastest compression leaves a twentieth of it.
			z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // fails for levels that there are not
			defer z.Close()
			write = z.Write
		}
		_, _ = write(state.text()) // into a buffer
		_, _ = write(program.text())
	}))
}

// wantsGzip tells whether the answer may be compressed.
func wantsGzip(r *http.Request) bool {
	for _, accepted := range strings.Split(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, quality, _ := strings.Cut(strings.ReplaceAll(accepted, " ", ""), ";")
		if strings.EqualFold(name, "gzip") {
			return strings.Trim(strings.TrimPrefix(quality, "q="), "0.") != "" || quality == ""
		}
	}
	return false
}

// HostAddresses returns the addresses of all interfaces of this host, or of the network namespace that this
// process is in; nil if the kernel does not tell.
func HostAddresses() map[netip.Addr]bool {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	here := make(map[netip.Addr]bool, len(all))
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			here[p.Addr()] = true
		}
	}
	return here
}

// answer is what was answered.
type answer struct {
	code   int
	header http.Header
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(code int)        { a.code = code }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// send writes it to whoever asked, as fast or slowly as that reads.
func (a *answer) send(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.code)
	_, _ = w.Write(a.body.Bytes()) // who has hung up does not want it
}
