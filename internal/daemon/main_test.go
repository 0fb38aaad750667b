package daemon

import (
	"os"
	"testing"
)

// The test binary is the daemon as well: started with testDaemon in its environment it runs Main,
// and what that starts through /proc/self/exe does so too.
const (
	testDaemon = "HOLDFAST_TEST_DAEMON"
	testRun    = "HOLDFAST_TEST_RUN" // in place of /run
)

func TestMain(m *testing.M) {
	if os.Getenv(testDaemon) != "" {
		RunDir = os.Getenv(testRun)
		os.Exit(Main(os.Args))
	}
	os.Exit(m.Run())
}
