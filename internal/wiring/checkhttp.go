package wiring

import (
	"net/netip"

	"github.com/holdfast-ha/holdfast/checkers/http/answer"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/parser/config"
)

func isHTTP(c *config.Checker) bool {
	return (c.Type == "HTTP_GET" || c.Type == "SSL_GET") && c.HTTP != nil
}

// httpCheck is an HTTP_GET or SSL_GET.
func (d *directorWiring) httpCheck(c *config.Checker, r *config.RealServer, v *config.VirtualServer) *director.HTTPCheck {
	h := &director.HTTPCheck{Endpoint: endpoint(c, r), Protocol: c.HTTP.Protocol, FastRecovery: c.HTTP.FastRecovery}
	if c.HTTP.TLS {
		h.SSL = &director.SSL{}
		if d.ssl != nil {
			*h.SSL = director.SSL{CA: d.ssl.CA, Certificate: d.ssl.Certificate, Key: d.ssl.Key, Password: d.ssl.Password}
		}
	}
	for i := range c.HTTP.URLs {
		u := url(&c.HTTP.URLs[i], c.HTTP, h.Target)
		if c.HTTP.TLS && c.HTTP.SNI {
			// The real server's virtualhost is none for SNI, as in keepalived.
			own := ""
			if c.HTTP.VirtualHostSet {
				own = c.HTTP.VirtualHost
			}
			u.ServerName = answer.ServerName(c.HTTP.SNIName, c.HTTP.URLs[i].VirtualHost, own, v.VirtualHost)
		}
		h.URLs = append(h.URLs, u)
	}
	return h
}

func url(u *config.URL, h *config.HTTPCheck, target netip.AddrPort) director.URL {
	s := director.URL{
		Path: u.Path, Host: answer.Host(target, u.VirtualHost, h.VirtualHost), Digest: u.Digest,
		Regex: u.Regex, RegexOptions: u.RegexOptions, RegexNoMatch: u.RegexNoMatch,
		RegexMin: u.RegexMin, RegexMax: u.RegexMax, RegexMaxSet: u.RegexMaxSet,
		CloseNotify: u.TLSCompliant || h.TLSCompliant,
	}
	for _, r := range u.Status {
		s.Status = append(s.Status, director.StatusRange(r))
	}
	return s
}

// CompileRegex compiles the regular expression of a url that has one.
func CompileRegex(u *config.URL) (*answer.Regex, error) {
	return answer.CompileRegex(u.Regex, answer.RegexOptions{Words: u.RegexOptions, Min: u.RegexMin, Max: u.RegexMax, MaxSet: u.RegexMaxSet})
}
