package datafile

import "github.com/holdfast-ha/holdfast/parser/config"

// Device is the interface that an instance uses. Its own has a Kind, vmac or ipvlan, and stands on Base;
// otherwise Name and Base are the one in the file.
type Device struct{ Name, Base, Kind string }

// Devices are those of the instances of a configuration, in their order.
func Devices(c *config.Config) []Device {
	var all []Device
	for _, l := range links(c) {
		all = append(all, Device{l.name, l.base, l.kind})
	}
	return all
}

// Of is the interface that an address of an instance is on.
func (d Device) Of(a *config.Address, in *config.Instance) string {
	switch {
	case a.Dev != "" && a.Dev != d.Base && a.Dev != d.Name:
		return a.Dev
	case a.Prefix.Addr().Is6() != (in.Family == 6):
		return d.Base
	}
	return d.Name
}

// Wanted is the state that an instance heads for; current is the one that it is in, empty if unknown.
func Wanted(c *config.Config, in *config.Instance, current string) string {
	return wanted(c, in, current)
}

// Command is a script as keepalived writes it: its words in single quotes.
func Command(s *config.Script) string { return command(s) }
