package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
	"github.com/holdfast-ha/holdfast/vrrp/watch"
)

// watchPrinter shows what an analyser finds.
type watchPrinter struct {
	out     io.Writer
	changes bool // only what is new
	json    bool
	zone    *time.Location
	err     error
}

func (w *watchPrinter) say(format string, args ...any) {
	if _, err := fmt.Fprintf(w.out, format+"\n", args...); err != nil && w.err == nil {
		w.err = fmt.Errorf("print: %w", err)
	}
}

func (w *watchPrinter) clock(at time.Time) string { return at.In(w.zone).Format("15:04:05.000000") }

// shown are the findings that are to be shown.
func (w *watchPrinter) shown(all []watch.Finding) []watch.Finding {
	if !w.changes {
		return all
	}
	var some []watch.Finding
	for _, f := range all {
		if f.New {
			some = append(some, f)
		}
	}
	return some
}

func mark(f *watch.Finding) string {
	if f.Change {
		return "*"
	}
	return "!"
}

// report shows a packet.
func (w *watchPrinter) report(r *watch.Report) {
	a := &r.Advert
	findings := w.shown(r.Findings)
	switch {
	case w.changes && len(findings) == 0:
	case w.json:
		w.object(w.seen(a), findings)
	case w.changes:
		for i := range findings {
			f := &findings[i]
			w.say("%s %s %s VRID %d %s %s: %s", w.clock(a.At), place(a.Link, a.VLAN), a.Source, a.VRID, mark(f), f.ID, f.Text)
		}
	default:
		w.say("%s %s", w.clock(a.At), compact(a))
		for i := range findings {
			f := &findings[i]
			w.say("%15s %s %s: %s", "", mark(f), f.ID, f.Text)
		}
	}
}

// notices shows what no packet has brought about.
func (w *watchPrinter) notices(all []watch.Notice) {
	for i := range all {
		n := &all[i]
		if w.json {
			s := &api.Sighting{Time: n.At.In(w.zone), Interface: n.Segment.Link, VLAN: n.Segment.VLAN, VRID: n.Segment.VRID, Family: familyName(n.Segment.Six)}
			w.object(s, []watch.Finding{n.Finding})
			continue
		}
		w.say("%s %s %s %s %s: %s", w.clock(n.At), place(n.Segment.Link, n.Segment.VLAN), n.Segment, mark(&n.Finding), n.Finding.ID, n.Finding.Text)
	}
}

func (w *watchPrinter) object(s *api.Sighting, findings []watch.Finding) {
	s.Schema, s.Findings = api.WatchSchema, []api.WireFinding{}
	for _, f := range findings {
		s.Findings = append(s.Findings, api.WireFinding{ID: string(f.ID), Problem: !f.Change, New: f.New, Text: f.Text})
	}
	if err := json.NewEncoder(w.out).Encode(s); err != nil && w.err == nil {
		w.err = fmt.Errorf("print: %w", err)
	}
}

func (w *watchPrinter) seen(a *watch.Advert) *api.Sighting {
	s := &api.Sighting{
		Time: a.At.In(w.zone), Interface: a.Link, VLAN: a.VLAN, Source: shownAddr(a.Source), Destination: shownAddr(a.Destination), Outgoing: a.Outgoing,
		TTL: a.TTL, Version: a.Version, VRID: a.VRID, Family: familyName(a.Source.Is6()), Priority: &a.Priority,
		Interval: a.Interval.Seconds(), Auth: auth(a), Sequence: a.Sequence,
	}
	for _, addr := range a.Addresses {
		s.Addresses = append(s.Addresses, addr.String())
	}
	if a.From != (watch.MAC{}) {
		s.MAC = a.From.String()
	}
	return s
}

// shownAddr is an address in words, nothing for none.
func shownAddr(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func familyName(six bool) string {
	if six {
		return "IPv6"
	}
	return "IPv4"
}

// place is where a packet was seen.
func place(link string, vlan uint16) string {
	if link == "" {
		link = "-"
	}
	if vlan != 0 {
		return fmt.Sprintf("%s(vlan %d)", link, vlan)
	}
	return link
}

// compact is an advertisement in one line.
func compact(a *watch.Advert) string {
	text := fmt.Sprintf("%s %s", place(a.Link, a.VLAN), a.Source)
	if !a.Destination.IsMulticast() {
		text += fmt.Sprintf(" > %s", a.Destination)
	}
	text += fmt.Sprintf(" VRID %d v%d priority %d interval %s", a.VRID, a.Version, a.Priority, a.Interval)
	if name := auth(a); name != "" {
		text += " " + name
	}
	const most = 3
	var addrs []string
	for i, addr := range a.Addresses {
		if i == most {
			addrs = append(addrs, fmt.Sprintf("+%d", len(a.Addresses)-most))
			break
		}
		addrs = append(addrs, addr.String())
	}
	return text + ": " + strings.Join(addrs, " ")
}

func auth(a *watch.Advert) string {
	switch {
	case a.AH:
		return "AH"
	case a.Signed:
		return "signed"
	case a.Version == 2 && a.AuthType == packet.AuthPass:
		return "PASS"
	}
	return ""
}
