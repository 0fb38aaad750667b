package lab

import (
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"
)

// TestMain is also the program that runs inside: see TestNSHostsTalkUntilTheyAreCut.
func TestMain(m *testing.M) {
	GuestMain()
	if !Inside() {
		os.Exit(m.Run())
	}
	err := Enter()
	if err == nil {
		err = talkAndCut()
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func TestNSHostsTalkUntilTheyAreCut(t *testing.T) {
	status, err := OnHost(t.Context(), os.Stdout, nil)
	if err != nil || status != 0 {
		t.Errorf("status %d, %v", status, err)
	}
}

// talkAndCut makes two hosts, lets them talk, isolates one, joins it again, cuts it.
func talkAndCut() error {
	n, err := New()
	if err != nil {
		return err
	}
	defer n.Close()
	lan, err := n.Switch("lan")
	if err != nil {
		return err
	}
	var hosts [2]*Host
	for i := range hosts {
		if hosts[i], err = n.Host(fmt.Sprintf("h%d", i)); err != nil {
			return err
		}
		if err := hosts[i].Link(lan, "eth0", fmt.Sprintf("10.0.0.%d/24", i+1), fmt.Sprintf("fd00::%d/64", i+1)); err != nil {
			return err
		}
	}
	to := netip.MustParseAddr("10.0.0.2")
	if _, err := hosts[1].Serve(80, to); err != nil {
		return err
	}
	for _, a := range []Answers{
		hosts[0].Ask(netip.AddrPortFrom(to, 80), 3, 20*time.Second),
		hosts[0].AskUDP(netip.AddrPortFrom(to, 80), 3, 20*time.Second),
		hosts[0].Ask(netip.MustParseAddrPort("[fd00::2]:80"), 3, 20*time.Second),
	} {
		if a.By["h1"] != 3 {
			return fmt.Errorf("talk: %v", a)
		}
	}
	if out, err := hosts[1].Exec("ip", "-o", "link", "show", "eth0"); err != nil {
		return fmt.Errorf("exec: %s: %w", out, err)
	}
	if !hosts[1].Has("eth0", to) || hosts[0].Has("eth0", to) {
		return fmt.Errorf("addresses are mixed up")
	}
	return pingAndCut(hosts, to)
}

func pingAndCut(hosts [2]*Host, to netip.Addr) error {
	ping, err := hosts[0].Ping(to, 5*time.Millisecond)
	if err != nil {
		return err
	}
	steps := []struct {
		what    string
		do      func(string) error
		answers bool
	}{
		{"linked", func(string) error { return nil }, true},
		{"isolated", hosts[1].Isolate, false},
		{"joined again", hosts[1].Rejoin, true},
		{"cut", hosts[1].Cut, false},
		{"restored", hosts[1].Restore, true},
	}
	for _, s := range steps {
		if err := s.do("eth0"); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
		begin := time.Now()
		for ping.Answered(50*time.Millisecond) != s.answers {
			if time.Since(begin) > 20*time.Second {
				return fmt.Errorf("%s: answers: %v", s.what, !s.answers)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	if r := ping.Read(); r.Longest < 50*time.Millisecond {
		return fmt.Errorf("two cuts and no silence: %v", r)
	}
	return nil
}
