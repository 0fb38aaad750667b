//go:build !race

// Bounds of time and memory mean nothing under the race detector.

package main

import (
	"testing"

	"github.com/holdfast-ha/holdfast/internal/hostile"
)

func TestConfigTestSurvivesHostileFiles(t *testing.T) {
	t.Parallel()
	hostile.Run(t, "holdfast", "-t", "-f")
}
