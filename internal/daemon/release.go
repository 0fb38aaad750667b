package daemon

import (
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// releaseUnlessBack takes the addresses off when the VRRP process is not back before the peers take
// over: the shortest master down interval there is.
func (p *parent) releaseUnlessBack() {
	if p.release != nil {
		p.release.Stop()
	}
	p.release = time.AfterFunc(shortestDown(p.config), func() {
		p.post(func() {
			if c := p.processes[VRRP]; c != nil && c.cmd == nil && !p.stop.running {
				p.log.Error("the VRRP process is not back in time: taking the virtual addresses off")
				p.releaseAddresses()
			}
		})
	})
}

// shortestDown is the shortest master down interval of the instances (RFC 9568 section 6.1).
func shortestDown(c *config.Config) time.Duration {
	shortest := time.Minute
	for i := range c.Instances {
		in := &c.Instances[i]
		adverts := time.Duration(max(in.DownTimerAdverts, 1))
		shortest = min(shortest, adverts*in.AdvertInt)
	}
	return shortest
}

// releaseAddresses takes the configured virtual addresses off the interfaces, as far as they carry
// keepalived's protocol number: nobody answers for them any more.
func (p *parent) releaseAddresses() {
	if p.options.KeepAddresses {
		return
	}
	conn, err := rtnl.Dial()
	if err != nil {
		p.log.Error("the virtual addresses cannot be taken off", zap.Error(err))
		return
	}
	defer conn.Close()
	have, err := conn.Addresses()
	if err != nil {
		p.log.Error("the virtual addresses cannot be taken off", zap.Error(err))
		return
	}
	gone := ours(p.config, have)
	for i, err := range conn.Delete(gone) {
		if err != nil {
			p.log.Error("a virtual address stays", zap.Stringer("address", gone[i]), zap.Error(err))
			continue
		}
		p.log.Info("virtual address taken off", zap.Stringer("address", gone[i]))
	}
}

// ours picks the addresses that the instances of c put there.
func ours(c *config.Config, have []rtnl.Address) []rtnl.Address {
	virtual := map[string]bool{}
	for i := range c.Instances {
		for _, list := range [][]config.Address{c.Instances[i].Addresses, c.Instances[i].Excluded} {
			for _, a := range list {
				virtual[a.Prefix.String()] = true
			}
		}
	}
	var found []rtnl.Address
	for _, a := range have {
		if a.Protocol == rtnl.Keepalived && virtual[a.Prefix.String()] {
			found = append(found, a)
		}
	}
	return found
}
