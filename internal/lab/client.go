package lab

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Answers is what a number of connections or datagrams came to.
type Answers struct {
	By     map[string]int // the answering servers
	Failed map[string]int // what went wrong instead
}

// Total counts answers and failures.
func (a Answers) Total() int { return a.Answered() + a.Lost() }

// Answered counts the answers.
func (a Answers) Answered() int { return sum(a.By) }

// Lost counts what was not answered.
func (a Answers) Lost() int { return sum(a.Failed) }

func sum(m map[string]int) int {
	n := 0
	for _, v := range m {
		n += v
	}
	return n
}

// String is like "20 of 20 answered (r1 10, r2 10)".
func (a Answers) String() string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(a.By)) {
		parts = append(parts, fmt.Sprintf("%s %d", k, a.By[k]))
	}
	for _, k := range slices.Sorted(maps.Keys(a.Failed)) {
		parts = append(parts, fmt.Sprintf("%s %d", k, a.Failed[k]))
	}
	return fmt.Sprintf("%d of %d answered (%s)", a.Answered(), a.Total(), strings.Join(parts, ", "))
}

// Ask opens count TCP connections one after another and reads the server's name from each.
func (h *Host) Ask(to netip.AddrPort, count int, limit time.Duration) Answers {
	return h.ask(count, func() (string, error) { return h.AskOnce("tcp", to, limit) })
}

// AskUDP sends count datagrams, each from a port of its own.
func (h *Host) AskUDP(to netip.AddrPort, count int, limit time.Duration) Answers {
	return h.ask(count, func() (string, error) { return h.AskOnce("udp", to, limit) })
}

func (h *Host) ask(count int, once func() (string, error)) Answers {
	a := Answers{By: map[string]int{}, Failed: map[string]int{}}
	for range count {
		name, err := once()
		if err != nil {
			a.Failed[kindOf(err)]++
			continue
		}
		a.By[name]++
	}
	return a
}

// kindOf names what became of a connection.
func kindOf(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, unix.ECONNRESET):
		return "reset"
	case errors.Is(err, unix.ECONNREFUSED):
		return "refused"
	case errors.Is(err, unix.EHOSTUNREACH), errors.Is(err, unix.ENETUNREACH):
		return "unreachable"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer"
	}
	return err.Error()
}

// AskOnce asks by "tcp" or "udp" and returns the answering server's name.
func (h *Host) AskOnce(network string, to netip.AddrPort, limit time.Duration) (string, error) {
	c, err := h.Dial(network, to, limit)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(limit)); err != nil {
		return "", err
	}
	if network == "udp" {
		if _, err := c.Write([]byte("name")); err != nil {
			return "", err
		}
		var answer [64]byte
		n, err := c.Read(answer[:])
		return string(answer[:n]), err
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(line), err
}

// Dial opens a connection from the host.
func (h *Host) Dial(network string, to netip.AddrPort, limit time.Duration) (net.Conn, error) {
	var c net.Conn
	err := h.Do(func() (err error) {
		c, err = (&net.Dialer{Timeout: limit, FallbackDelay: -1}).Dial(network, to.String())
		return err
	})
	return c, err
}
