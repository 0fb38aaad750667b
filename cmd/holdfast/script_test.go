package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/holdfast-ha/holdfast/internal/daemon"
)

func TestMain(m *testing.M) {
	program := func() { os.Exit(daemon.Main(os.Args)) }
	testscript.Main(m, map[string]func(){"holdfast": program, "keepalived": program, "genhash": program})
}

func TestCommandLines(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true})
}
