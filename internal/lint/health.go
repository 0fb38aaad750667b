package lint

import (
	"time"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// checkRules are about health checks.
var checkRules = []Rule{
	{ID: "check-none", Severity: parser.Hint, model: checkNone},
	{ID: "check-slow", Severity: parser.Hint, model: checkSlow},
	{ID: "check-overlap", Severity: parser.Hint, model: checkOverlap},
	{ID: "check-twice", Severity: parser.Hint, model: checkTwice},
	{ID: "check-udp-by-tcp", Severity: parser.Hint, model: checkUDPByTCP},
}

func checkNone(s *sight) {
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		none := 0
		var first parser.Pos
		for j := range v.RealServers {
			if len(v.RealServers[j].Checkers) == 0 {
				if none++; none == 1 {
					first = v.RealServers[j].Pos
				}
			}
		}
		if none == 0 {
			continue
		}
		f := s.add(first, "", "virtual server %s: no check is made of %d of %d real server(s)", v.String(), none, len(v.RealServers))
		f.Instead = "they count as up whatever happens, and clients are sent to them"
		f.Cure = "add TCP_CHECK, or what fits the service"
	}
}

// timeout is how long one try of a check may take.
func timeout(c *config.Checker) time.Duration {
	if c.MiscScript != nil {
		if c.MiscTimeout > 0 {
			return c.MiscTimeout
		}
		return c.DelayLoop
	}
	return c.ConnectTimeout
}

// noticed is the longest time from a failure to the verdict.
func noticed(c *config.Checker) time.Duration {
	tries := time.Duration(max(c.Retry, 0))
	loop := c.DelayLoop
	if c.HTTP != nil { // its urls take turns
		loop *= time.Duration(max(len(c.HTTP.URLs), 1))
	}
	return loop + timeout(c) + tries*(max(c.DelayBeforeRetry, 0)+timeout(c))
}

// connects tells whether a check waits for an answer of the server.
func connects(c *config.Checker) bool { return c.Type != "FILE_CHECK" && c.Type != "BFD_CHECK" }

func checkSlow(s *sight) {
	const long = 60 * time.Second
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		if c := firstCheck(v, func(c *config.Checker) bool { return connects(c) && noticed(c) > long }); c != nil {
			f := s.add(c.Pos, "", "virtual server %s: %s every %v with %d retries: a dead server is noticed after up to %v", v.String(), c.Type, c.DelayLoop, max(c.Retry, 0), noticed(c))
			f.Instead = "so long clients are sent to it"
			f.Cure = "write a shorter delay_loop (60 s where none is written), fewer retries or a shorter connect_timeout"
		}
	}
}

// firstCheck finds the first check of a virtual server that is of some kind.
func firstCheck(v *config.VirtualServer, is func(*config.Checker) bool) *config.Checker {
	for j := range v.RealServers {
		list := v.RealServers[j].Checkers
		for k := range list {
			if is(&list[k]) {
				return &list[k]
			}
		}
	}
	return nil
}

func checkOverlap(s *sight) {
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		c := firstCheck(v, func(c *config.Checker) bool { return connects(c) && c.DelayLoop < timeout(c) })
		if c == nil {
			continue
		}
		f := s.add(c.Pos, "", "virtual server %s: %s may take %v, but delay_loop is %v", v.String(), c.Type, timeout(c), c.DelayLoop)
		f.Instead = "the next check waits for the end of the one before: a server that does not answer is checked less often than it says"
		f.Cure = "write a connect_timeout (misc_timeout) that is below delay_loop"
	}
}

func checkTwice(s *sight) {
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		for j := range v.RealServers {
			list := v.RealServers[j].Checkers
			for k := range list {
				for m := range list[:k] {
					if sameCheck(&list[m], &list[k]) {
						f := s.add(list[k].Pos, "", "real server %s has a %s like this already (%s)", v.RealServers[j].Addr, list[k].Type, place(list[m].Pos, list[k].Pos))
						f.Cure = "remove one of the two, or write another connect_port"
					}
				}
			}
		}
	}
}

// sameCheck compares the checks that ask for nothing but a connection, and commands.
func sameCheck(a, b *config.Checker) bool {
	if a.Type != b.Type {
		return false
	}
	switch {
	case a.MiscScript != nil && b.MiscScript != nil:
		return a.MiscScript.Command == b.MiscScript.Command
	case a.Type == "TCP_CHECK" || a.Type == "PING_CHECK":
		return a.ConnectAddr == b.ConnectAddr && a.ConnectPort == b.ConnectPort && a.BindAddr == b.BindAddr && a.BindIf == b.BindIf && a.FWMark == b.FWMark
	}
	return false
}

func checkUDPByTCP(s *sight) {
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		if v.Protocol != "UDP" {
			continue
		}
		if c := firstCheck(v, func(c *config.Checker) bool { return c.Type == "TCP_CHECK" && c.ConnectPort == v.Port }); c != nil {
			f := s.add(c.Pos, "", "virtual server %s is UDP, TCP_CHECK asks TCP port %d", v.String(), c.ConnectPort)
			f.Instead = "a server without that TCP port is down for good, and one whose UDP side hangs is up"
			f.Cure = "write UDP_CHECK, DNS_CHECK or a MISC_CHECK that asks the service itself"
		}
	}
}
