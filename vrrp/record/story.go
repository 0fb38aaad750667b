package record

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// Story tells a recording in words, a line for each event and for each action.
type Story struct {
	Out io.Writer
	// In is the time zone of the times; nil: UTC.
	In *time.Location

	epoch time.Time
	names map[vrrp.ID]string
	err   error
}

// Tell tells one entry. Give it all entries in their order: it learns names from them.
func (s *Story) Tell(e *Entry) {
	switch e.Kind {
	case Began:
		s.epoch, s.names = e.Header.Epoch, nil
		s.say("%s: %s on %s", s.clock(0, "2006-01-02 15:04:05 MST"), e.Header.Program, e.Header.Host)
	case Started:
		s.learn(e.Instances)
		s.event(e, "begins with "+s.list(e))
	case Reloaded:
		before := s.names
		s.learn(e.Instances)
		s.event(e, "reload: "+s.list(e))
		for id, name := range before {
			if s.names[id] == "" {
				s.names[id] = name // it still says farewell
			}
		}
	case Stepped:
		s.event(e, s.what(&e.Event))
	case Ended:
		s.event(e, "recording ends: "+e.Reason)
	}
	for i := range e.Actions {
		s.say("%15s   %s", "", s.does(&e.Actions[i]))
	}
}

// Err is the first error in writing.
func (s *Story) Err() error { return s.err }

func (s *Story) say(format string, args ...any) {
	if _, err := fmt.Fprintf(s.Out, format+"\n", args...); err != nil && s.err == nil {
		s.err = fmt.Errorf("write story: %w", err)
	}
}

func (s *Story) event(e *Entry, text string) { s.say("%s %s", s.clock(e.At, "15:04:05.000000"), text) }

func (s *Story) clock(at time.Duration, layout string) string {
	zone := s.In
	if zone == nil {
		zone = time.UTC
	}
	return s.epoch.Add(at).In(zone).Format(layout)
}

func (s *Story) learn(instances []vrrp.Config) {
	s.names = make(map[vrrp.ID]string, len(instances))
	for i := range instances {
		s.names[instances[i].ID] = instances[i].Name
	}
}

// list names the instances of e, the first few if there are many.
func (s *Story) list(e *Entry) string {
	const most = 8
	var names []string
	for i := range e.Instances {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(e.Instances)-most))
			break
		}
		c := &e.Instances[i]
		names = append(names, fmt.Sprintf("%s (VRID %d, priority %d)", c.Name, c.VRID, c.Priority))
	}
	if names == nil {
		return "no instance"
	}
	return strings.Join(names, ", ")
}

func (s *Story) name(id vrrp.ID) string {
	if name := s.names[id]; name != "" {
		return name
	}
	return fmt.Sprintf("instance %d", id)
}

func (s *Story) what(e *vrrp.Event) string {
	who := s.name(e.Instance)
	all := who
	if e.Instance == 0 {
		all = "all"
	}
	switch e.Kind {
	case vrrp.Tick:
		return "time passes"
	case vrrp.Received:
		return fmt.Sprintf("%s: advert from %s, priority %d", who, e.Advert.Source, e.Advert.Priority)
	case vrrp.LinkUp:
		return e.Link + " is up"
	case vrrp.LinkDown:
		return e.Link + " is down"
	case vrrp.SourceGained:
		return fmt.Sprintf("%s: sends from %s", who, e.Source)
	case vrrp.SourceLost:
		return who + ": has no address to send from"
	case vrrp.AddressLost:
		return who + ": an address was removed by somebody else"
	case vrrp.Tracked:
		pending := ""
		if e.Pending {
			pending = ", some without a result"
		}
		return fmt.Sprintf("%s: trackers: weight %d, %d failed%s", who, e.Weight, e.Down, pending)
	case vrrp.Stop:
		how := "stop"
		if e.Planned {
			how = "planned stop"
		}
		return all + ": " + how
	case vrrp.Start:
		return all + ": start"
	case vrrp.Switch:
		return fmt.Sprintf("%s: hand over, stand aside for %s", who, e.For)
	case vrrp.SwitchBack:
		return who + ": stand aside no longer"
	case vrrp.SuccessorAnnounced:
		return who + ": the successor has announced the addresses"
	}
	return fmt.Sprintf("%s: %s", who, e.Kind)
}

func (s *Story) does(a *vrrp.Action) string {
	who := s.name(a.Instance)
	if a.Group != "" {
		who = "group " + a.Group
	}
	switch a.Kind {
	case vrrp.SendAdvert:
		return fmt.Sprintf("%s sends an advert of priority %d", who, a.Priority)
	case vrrp.EnterMaster:
		return fmt.Sprintf("%s takes its addresses and services, and announces them %d times", who, a.Count)
	case vrrp.LeaveMaster:
		return who + " gives up its addresses and services"
	case vrrp.Announce:
		return fmt.Sprintf("%s announces its addresses %d times", who, a.Count)
	case vrrp.Changed:
		return fmt.Sprintf("%s %s -> %s: %s", who, a.From, a.To, a.Reason)
	case vrrp.PriorityChanged:
		return fmt.Sprintf("%s has priority %d, was %d", who, a.Priority, a.Before)
	case vrrp.LowerPriorityReceived:
		return fmt.Sprintf("%s hears a MASTER of lower priority %d", who, a.Priority)
	case vrrp.Note:
		return fmt.Sprintf("%s: %s", who, a.Reason)
	case vrrp.Released:
		return who + " is released: no MASTER any more"
	}
	return a.String()
}
