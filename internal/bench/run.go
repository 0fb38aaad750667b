package bench

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Settings say what to measure and how long.
type Settings struct {
	Holdfast, Keepalived string // programs
	Control              string // holdfastctl
	Times                int    // cuts and handovers
	Only                 []string
	Window               time.Duration
	Strain               time.Duration // how long a pair is strained
	Runs                 int
	Progress             io.Writer
}

// part is a group of rows that are measured together.
type part struct {
	name string
	run  func(s Settings, dir string) ([]Row, error)
}

var parts = []part{
	{"parse", func(s Settings, dir string) ([]Row, error) { return Parse(s.Holdfast, s.Keepalived, dir, s.Runs) }},
	{"silence", func(s Settings, _ string) ([]Row, error) { return Silence(s.Holdfast, s.Keepalived, s.Runs) }},
	{"bounds", func(s Settings, dir string) ([]Row, error) {
		return Bounds(s.Holdfast, s.Control, s.Keepalived, s.Times)
	}},
	{"announce", func(s Settings, _ string) ([]Row, error) { return Announce(s.Holdfast, s.Keepalived, s.Runs) }},
	{"instances", func(s Settings, _ string) ([]Row, error) { return Instances(s.Holdfast, s.Keepalived, s.Window) }},
	{"lateness", func(s Settings, _ string) ([]Row, error) { return Lateness(s.Holdfast, s.Keepalived, s.Window) }},
	{"flood", func(s Settings, _ string) ([]Row, error) { return Floods(s.Holdfast, s.Keepalived, s.Window) }},
	{"scale", func(s Settings, dir string) ([]Row, error) { return Scale(s.Holdfast, s.Keepalived, dir, s.Strain) }},
	{"lvs", func(s Settings, _ string) ([]Row, error) { return LVS(s.Holdfast, s.Window, s.Runs) }},
	{"reload", func(s Settings, _ string) ([]Row, error) { return Reload(s.Holdfast, s.Runs) }},
	{"takeover", func(s Settings, _ string) ([]Row, error) { return Takeover(s.Holdfast) }},
	{"checks", func(s Settings, _ string) ([]Row, error) { return Crowd(s.Holdfast) }},
}

// PartNames lists the parts that Settings.Only can name.
func PartNames() string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

// Run measures the parts in order. A part that fails is reported and the others go on.
func Run(s Settings) ([]Row, error) {
	// The hosts of a network have a /tmp and a /run of their own.
	dir, err := os.MkdirTemp("/var/tmp", "holdfast-bench")
	if err != nil {
		return nil, fmt.Errorf("make a directory for the files: %w", err)
	}
	defer os.RemoveAll(dir)
	if s.Holdfast, err = copyProgram(s.Holdfast, dir); err != nil {
		return nil, err
	}
	if s.Control, err = copyProgram(s.Control, dir); err != nil {
		return nil, err
	}
	var rows []Row
	var failed error
	for _, p := range parts {
		if len(s.Only) > 0 && !slices.Contains(s.Only, p.name) {
			continue
		}
		fmt.Fprintf(s.Progress, "measuring: %s\n", p.name)
		more, err := p.run(s, dir)
		rows = append(rows, more...)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("measure %s: %w", p.name, err))
		}
	}
	return rows, failed
}

func copyProgram(from, dir string) (string, error) {
	text, err := os.ReadFile(from)
	if err != nil {
		return "", fmt.Errorf("read the program to measure: %w", err)
	}
	to := filepath.Join(dir, filepath.Base(from))
	if err := os.WriteFile(to, text, 0o755); err != nil {
		return "", fmt.Errorf("copy the program to measure: %w", err)
	}
	return to, nil
}
