package main

import "github.com/holdfast-ha/holdfast/internal/genhash"

// genhashCommand hands its arguments to genhash.
type genhashCommand struct {
	Options []string `arg:"" optional:"" passthrough:"" help:"Options of genhash: -s ADDRESS -p PORT -u PATH, -S for TLS; --help shows all."`
}

// Run is genhash.
func (c *genhashCommand) Run(o output) error {
	if code := genhash.Run("holdfastctl genhash", c.Options, o.out, o.err); code != exitOK {
		return status(code)
	}
	return nil
}
