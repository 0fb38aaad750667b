package datafile

import (
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// Global writes the section of the global definitions, with which both files begin.
func Global(w *Writer, c *config.Config) {
	w.Section("Global definitions")
	router := c.Global.RouterID
	if router == "" {
		router = "[unknown]"
	}
	w.Line(0, "Router ID = %s", router)
}

// VRRP writes what follows in keepalived.data. s may be nil.
func VRRP(w *Writer, c *config.Config, s *speaker.Status) {
	w.Section("VRRP Topology")
	for i := range c.Instances {
		w.Line(0, "VRRP Instance = %s", c.Instances[i].Name)
	}
}
