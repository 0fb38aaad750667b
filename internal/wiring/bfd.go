package wiring

import (
	"github.com/holdfast-ha/holdfast/bfd"
	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// BFD returns the sessions of a configuration.
func BFD(c *config.Config) bfdspeaker.Settings {
	var s bfdspeaker.Settings
	for i := range c.BFDs {
		b := &c.BFDs[i]
		s.Sessions = append(s.Sessions, bfd.Config{
			Name: b.Name, Local: b.Source, Remote: b.Neighbour, MinTx: b.MinTx, MinRx: b.MinRx, IdleTx: b.IdleTx,
			Multiplier: uint8(b.Multiplier), Passive: b.Passive, Multihop: b.MultiHop, TTL: uint8(b.TTL), MaxHops: uint8(b.MaxHops),
		})
	}
	return s
}
