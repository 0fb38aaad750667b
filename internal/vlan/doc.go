// Package vlan makes small real networks for tests: hosts that are network namespaces, each with a
// veth to one bridge. It needs root and ip(8); without them a test fails and says so. All names are
// random and everything is removed when the test ends.
package vlan
