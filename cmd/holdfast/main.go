// Command holdfast is the daemon: VRRP and IPVS on a director, in place of keepalived, with its
// options, its configuration file and its signals. Called through a link named keepalived it is
// the same program.
package main

import (
	"os"

	"github.com/holdfast-ha/holdfast/internal/daemon"
)

func main() { os.Exit(daemon.Main(os.Args)) }
