// Package packaging has the tests of what is in packaging/: the Debian package, the container image and
// the systemd unit.
package packaging
