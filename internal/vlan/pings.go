package vlan

import (
	"bytes"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"testing"
)

// Pings are echo requests every 2 ms until stopped.
type Pings struct {
	t   testing.TB
	cmd *exec.Cmd
	out bytes.Buffer
}

// Ping has the host ping an address of its LAN.
func (h *Host) Ping(address string) *Pings {
	h.t.Helper()
	p := &Pings{t: h.t, cmd: h.Command("ping", "-q", "-i", "0.002", address)}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

var pingSummary = regexp.MustCompile(`(\d+) packets transmitted, (\d+) received`)

// Stop returns how many were sent and lost. The last one may be on its way and does not count.
func (p *Pings) Stop() (sent, lost int) {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	_ = p.cmd.Wait()
	m := pingSummary.FindStringSubmatch(p.out.String())
	if m == nil {
		p.t.Fatalf("ping said %q", p.out.String())
	}
	sent, _ = strconv.Atoi(m[1])
	received, _ := strconv.Atoi(m[2])
	return sent, max(sent-received-1, 0)
}
