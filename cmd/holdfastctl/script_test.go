package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/holdfast-ha/holdfast/internal/daemon"
)

// The test binary is the daemon as well: started with testDaemon in its environment it runs that, and what
// that starts through /proc/self/exe does so too.
const (
	testDaemon = "HOLDFAST_TEST_DAEMON"
	testRun    = "HOLDFAST_TEST_RUN" // in place of /run
)

func TestMain(m *testing.M) {
	if os.Getenv(testDaemon) != "" {
		daemon.RunDir = os.Getenv(testRun)
		os.Exit(daemon.Main(os.Args))
	}
	testscript.Main(m, map[string]func(){"holdfastctl": main})
}

func TestCommandLines(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true})
}
