package config

// globalState is what the decoder of global_defs keeps between lines.
type globalState struct{}

func (d *decoder) startGlobal() {}

func registerTop(g *grammar) {}

func registerGlobal(g *grammar) {}

func (d *decoder) completeGlobal() {}
