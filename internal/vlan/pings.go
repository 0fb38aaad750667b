package vlan

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Pings are echo requests every 2 ms until stopped.
type Pings struct {
	t   testing.TB
	cmd *exec.Cmd
	out string // the file that has what ping says
}

// Ping has the host ping an address of its LAN.
func (h *Host) Ping(address string) *Pings {
	h.t.Helper()
	p := &Pings{t: h.t, cmd: h.Command("ping", "-n", "-i", "0.002", address), out: filepath.Join(h.t.TempDir(), "ping")}
	out, err := os.Create(p.out)
	if err != nil {
		h.t.Fatal(err)
	}
	defer out.Close()
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// said is what ping has said so far.
func (p *Pings) said() []byte {
	p.t.Helper()
	b, err := os.ReadFile(p.out)
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

var (
	pingSummary = regexp.MustCompile(`(\d+) packets transmitted, (\d+) received`)
	pingAnswer  = regexp.MustCompile(`icmp_seq=(\d+) ttl=`)
)

// answers are the numbers of the requests that were answered so far.
func (p *Pings) answers() (numbers []int) {
	for _, m := range pingAnswer.FindAllSubmatch(p.said(), -1) {
		n, _ := strconv.Atoi(string(m[1]))
		numbers = append(numbers, n)
	}
	return numbers
}

// GoOn waits for a hundred answers more: 0.2 s, or longer on a busy machine.
func (p *Pings) GoOn() {
	p.t.Helper()
	before := len(p.answers())
	for end := time.Now().Add(time.Minute); len(p.answers()) < before+100; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("within a minute there were %d answers to pings, and before it %d", len(p.answers())-before, before)
		}
	}
}

// onTheWay is how many requests may be without an answer at the end: a busy machine is slow to answer, or to
// tell ping.
const onTheWay = 50

// Stop returns how many were sent and lost. The last ones may be on their way and do not count.
func (p *Pings) Stop() (sent, lost int) {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	_ = p.cmd.Wait()
	m := pingSummary.FindSubmatch(p.said())
	if m == nil {
		p.t.Fatalf("ping said %q", p.said())
	}
	sent, _ = strconv.Atoi(string(m[1]))
	received, _ := strconv.Atoi(string(m[2]))
	lost = sent - received
	if answered := p.answers(); len(answered) > 0 {
		if after := (sent - answered[len(answered)-1]) & 0xffff; after <= onTheWay { // the kernel's number has 16 bits
			lost -= after
		}
	}
	return sent, max(lost, 0)
}
