//go:build lab

package lvstest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// Main is the TestMain of tests that take the whole of a kernel's IPVS, its modules included: it
// runs them in a kernel of their own, whatever the host has.
func Main(m *testing.M) {
	lab.GuestMain()
	flag.Parse()
	if lab.Inside() || flag.Lookup("test.list").Value.String() != "" {
		os.Exit(m.Run())
	}
	args := []string{"lab"}
	for _, name := range []string{"test.run", "test.skip", "test.v", "test.timeout", "test.count"} {
		args = append(args, "-"+name+"="+flag.Lookup(name).Value.String())
	}
	status, err := lab.Guest{Args: args, Output: os.Stdout}.Boot(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
	os.Exit(status)
}
