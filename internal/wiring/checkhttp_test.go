package wiring_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// pageOf is what becomes of the only url of an SSL_GET at 192.0.2.10 port 8443. The virtual server and
// the real server have these virtualhosts; inherited tells that the check has one of them.
func pageOf(vs, rs, own string, h config.HTTPCheck, u config.URL) director.URL {
	h.TLS, h.VirtualHost, h.VirtualHostSet, h.URLs = true, own, own != "", []config.URL{u}
	if h.VirtualHost == "" {
		h.VirtualHost = rs
	}
	if h.VirtualHost == "" {
		h.VirtualHost = vs
	}
	c := &config.Config{VirtualServers: []config.VirtualServer{{VirtualHost: vs, RealServers: []config.RealServer{
		{Addr: addr("192.0.2.10"), Port: 8443, VirtualHost: rs, Checkers: []config.Checker{{Type: "SSL_GET", HTTP: &h}}},
	}}}}
	return wiring.Director(c, wiring.Options{}).VirtualServers[0].RealServers[0].Checks[0].HTTP.URLs[0]
}

func TestNamesOfAPage(t *testing.T) {
	sni := config.HTTPCheck{SNI: true}
	tests := []struct {
		name        string
		vs, rs, own string
		check       config.HTTPCheck
		url         config.URL
		host, tls   string
	}{
		{"none", "", "", "", config.HTTPCheck{}, config.URL{}, "192.0.2.10:8443", ""},
		{"none, with enable_sni", "", "", "", sni, config.URL{}, "192.0.2.10:8443", ""},
		{"of the virtual server", "vs", "", "", sni, config.URL{}, "vs", "vs"},
		{"of the real server, which is none for SNI", "vs", "rs", "", sni, config.URL{}, "rs", "vs"},
		{"of the real server alone", "", "rs", "", sni, config.URL{}, "rs", ""},
		{"of the check", "vs", "rs", "own", sni, config.URL{}, "own", "own"},
		{"of the url", "vs", "rs", "own", sni, config.URL{VirtualHost: "url"}, "url", "url"},
		{"with a port, which is none for SNI", "", "", "www:8443", sni, config.URL{}, "www:8443", "www"},
		{"sni_name", "vs", "rs", "own", config.HTTPCheck{SNI: true, SNIName: "sni"}, config.URL{VirtualHost: "url"}, "url", "sni"},
		{"without enable_sni", "vs", "rs", "own", config.HTTPCheck{}, config.URL{VirtualHost: "url"}, "url", ""},
	}
	for _, tt := range tests {
		got := pageOf(tt.vs, tt.rs, tt.own, tt.check, tt.url)
		if got.Host != tt.host || got.ServerName != tt.tls {
			t.Errorf("%s: Host %q, SNI %q, want %q and %q", tt.name, got.Host, got.ServerName, tt.host, tt.tls)
		}
	}
}

func TestPageBecomesSettings(t *testing.T) {
	u := config.URL{
		Path: "/x", Digest: "d", Status: []config.StatusRange{{First: 200, Last: 204}}, Regex: "r", RegexOptions: []string{"caseless"},
		RegexNoMatch: true, RegexMin: 1, RegexMax: 2, RegexMaxSet: true, TLSCompliant: true,
	}
	want := director.URL{
		Path: "/x", Host: "192.0.2.10:8443", Digest: "d", Status: []director.StatusRange{{First: 200, Last: 204}}, Regex: "r",
		RegexOptions: []string{"caseless"}, RegexNoMatch: true, RegexMin: 1, RegexMax: 2, RegexMaxSet: true, CloseNotify: true,
	}
	if diff := cmp.Diff(want, pageOf("", "", "", config.HTTPCheck{}, u)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestKeyMaterialIsThatOfTheSSLBlock(t *testing.T) {
	c := &config.Config{
		SSL: &config.SSL{Password: "p", CA: "/ca", Certificate: "/c", Key: "/k"},
		VirtualServers: []config.VirtualServer{{RealServers: []config.RealServer{{Addr: addr("192.0.2.10"), Checkers: []config.Checker{
			{Type: "SSL_GET", HTTP: &config.HTTPCheck{TLS: true}}, {Type: "HTTP_GET", HTTP: &config.HTTPCheck{}},
		}}}}},
	}
	checks := wiring.Director(c, wiring.Options{}).VirtualServers[0].RealServers[0].Checks
	if diff := cmp.Diff(&director.SSL{Password: "p", CA: "/ca", Certificate: "/c", Key: "/k"}, checks[0].HTTP.SSL); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if checks[1].HTTP.SSL != nil {
		t.Errorf("HTTP_GET has key material: %+v", checks[1].HTTP.SSL)
	}
}
