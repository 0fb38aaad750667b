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
	p := &Pings{t: h.t, cmd: h.Command("ping", "-n", "-i", "0.002", address)}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

var (
	pingSummary = regexp.MustCompile(`(\d+) packets transmitted, (\d+) received`)
	pingAnswer  = regexp.MustCompile(`icmp_seq=(\d+) ttl=`)
)

// onTheWay is how many requests may be without an answer at the end: a busy machine is slow to answer, or to
// tell ping.
const onTheWay = 50

// Stop returns how many were sent and lost. The last ones may be on their way and do not count.
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
	lost = sent - received
	if answers := pingAnswer.FindAllStringSubmatch(p.out.String(), -1); len(answers) > 0 {
		last, _ := strconv.Atoi(answers[len(answers)-1][1])
		if after := (sent - last) & 0xffff; after <= onTheWay { // the kernel's number has 16 bits
			lost -= after
		}
	}
	return sent, max(lost, 0)
}
