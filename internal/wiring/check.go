package wiring

import (
	"net/netip"
	"slices"

	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// networkCheck fills in what a check of the network does; false: it is none that is made.
func networkCheck(k *director.Check, c *config.Checker, r *config.RealServer) bool {
	e := endpoint(c, r)
	switch {
	case c.Type == "TCP_CHECK":
		k.TCP = &e
	case c.Type == "SMTP_CHECK":
		k.SMTP = &director.SMTPCheck{Endpoint: e, Helo: c.Helo}
	case c.Type == "DNS_CHECK" && c.DNS != nil:
		k.DNS = &director.DNSCheck{Endpoint: e, Type: c.DNS.Type, Name: c.DNS.Name}
	case c.Type == "UDP_CHECK" && c.UDP != nil:
		u := c.UDP
		k.UDP = &director.UDPCheck{Endpoint: e, Payload: u.Payload, RequireReply: u.RequireReply, Reply: u.Reply, Mask: u.ReplyMask,
			MinLen: u.MinLen, MaxLen: u.MaxLen}
	case c.Type == "PING_CHECK":
		k.Ping = &director.PingCheck{Endpoint: e}
	default:
		return false
	}
	return true
}

// endpoint is what a check connects to: where it says nothing, the real server.
func endpoint(c *config.Checker, r *config.RealServer) dial.Endpoint {
	addr, port := c.ConnectAddr, c.ConnectPort
	if !addr.IsValid() {
		addr = r.Addr
	}
	if port == 0 {
		port = r.Port
	}
	return dial.Endpoint{
		Target:  netip.AddrPortFrom(addr, port),
		Bind:    netip.AddrPortFrom(c.BindAddr, c.BindPort),
		BindIf:  c.BindIf,
		Mark:    c.FWMark,
		Timeout: c.ConnectTimeout,
	}
}

// CheckFiles are the track_files that checks go by.
func CheckFiles(c *config.Config) []*config.TrackFile {
	var files []*config.TrackFile
	for i := range c.VirtualServers {
		for j := range c.VirtualServers[i].RealServers {
			for _, k := range c.VirtualServers[i].RealServers[j].Checkers {
				if f := trackFile(c, k.TrackFile); f != nil && !slices.Contains(files, f) {
					files = append(files, f)
				}
			}
		}
	}
	return files
}

// trackFile finds a track_file that checks may use; nil: there is none.
func trackFile(c *config.Config, name string) *config.TrackFile {
	i := slices.IndexFunc(c.TrackFiles, func(f config.TrackFile) bool { return f.Name == name && !f.VRRPOnly })
	if name == "" || i < 0 {
		return nil
	}
	return &c.TrackFiles[i]
}

// fileCheck is a FILE_CHECK.
func (d *directorWiring) fileCheck(c *config.Checker) *director.FileCheck {
	f := trackFile(d.config, c.TrackFile)
	if f == nil {
		return nil
	}
	return &director.FileCheck{Name: f.Name, Path: f.File, Weight: c.TrackFileWeight, Reverse: c.TrackFileReverse}
}
