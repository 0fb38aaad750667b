package fieldtest

import "embed"

// Configurations are files "conf/NAME.conf" that use every option of virtual servers, real servers and
// checks, for golden files and for the real keepalived.
//
//go:embed conf/*.conf
var Configurations embed.FS
