package config

// lvsState is what the decoder of virtual_server, virtual_server_group and SSL keeps between lines.
type lvsState struct {
	unprotected   map[string]bool // programs of which script security has been spoken
	noDefaultUser bool            // the missing default user has been reported
	preferences   rulePreferences
}

// startLVS sets the defaults before the first line.
func (d *decoder) startLVS() {}

// registerLVS gives the keywords of virtual_server_group, virtual_server and SSL their handlers.
func registerLVS(g *grammar) {}

// completeLVS resolves references, defaults and inheritance after the last line.
func (d *decoder) completeLVS() {}
