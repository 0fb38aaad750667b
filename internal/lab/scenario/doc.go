// Package scenario holds what Holdfast must show in a real kernel, as tests behind the build tag
// lab. Each test runs in a kernel of its own (see package lab), prints what it saw and fails when
// that is not what must be.
//
//	go test -tags lab -v ./internal/lab/scenario
//	go test -tags lab -v -run TestDRPair ./internal/lab/scenario -args -director keepalived
//
// The daemon under test is bin/holdfast of the repository, or what HOLDFAST_BINARY names. With
// -director keepalived Debian's keepalived stands in its place and what only Holdfast promises is
// printed but not demanded.
package scenario
