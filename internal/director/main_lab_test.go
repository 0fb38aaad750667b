//go:build lab

package director_test

import (
	"testing"

	"github.com/holdfast-ha/holdfast/lvs/lvstest"
)

// TestMain runs all tests of the package in a kernel with IPVS.
func TestMain(m *testing.M) { lvstest.Main(m) }
