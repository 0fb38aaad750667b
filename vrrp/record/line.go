package record

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// kindOfRecording is the mark of the first line.
const kindOfRecording = "vrrp"

// line is an entry as it is written.
type line struct {
	Recording string         `json:"recording,omitempty"`
	Format    int            `json:"format,omitempty"`
	Program   string         `json:"program,omitempty"`
	Host      string         `json:"host,omitempty"`
	Epoch     time.Time      `json:"epoch,omitzero"`
	At        *time.Duration `json:"t,omitempty"`
	Start     *configuration `json:"start,omitempty"`
	Reload    *configuration `json:"reload,omitempty"`
	Event     *event         `json:"event,omitempty"`
	Do        []action       `json:"do,omitempty"`
	End       string         `json:"end,omitempty"`
}

type configuration struct {
	Instances []vrrp.Config      `json:"instances"`
	Groups    []vrrp.GroupConfig `json:"groups,omitempty"`
}

type event struct {
	Kind    name[vrrp.EventKind] `json:"kind"`
	ID      vrrp.ID              `json:"id,omitzero"`
	Link    string               `json:"link,omitempty"`
	Source  netip.Addr           `json:"source,omitzero"`
	Advert  advert               `json:"advert,omitzero"`
	Weight  int                  `json:"weight,omitzero"`
	Down    int                  `json:"down,omitzero"`
	Pending bool                 `json:"pending,omitzero"`
	Planned bool                 `json:"planned,omitzero"`
	For     time.Duration        `json:"for,omitzero"`
}

type advert struct {
	Source   netip.Addr    `json:"source,omitzero"`
	Priority uint8         `json:"priority"`
	Interval time.Duration `json:"interval,omitzero"`
	Sequence uint32        `json:"sequence,omitzero"`
}

type action struct {
	Kind     name[vrrp.ActionKind] `json:"kind"`
	ID       vrrp.ID               `json:"id,omitzero"`
	Group    string                `json:"group,omitempty"`
	Priority uint8                 `json:"priority,omitzero"`
	Before   uint8                 `json:"before,omitzero"`
	Count    int                   `json:"count,omitzero"`
	Sequence uint32                `json:"sequence,omitzero"`
	From     name[vrrp.State]      `json:"from,omitzero"`
	To       name[vrrp.State]      `json:"to,omitzero"`
	Reason   name[vrrp.Reason]     `json:"reason,omitzero"`
	Quiet    bool                  `json:"quiet,omitzero"`
	After    time.Duration         `json:"after,omitzero"`
}

// name writes one of the core's constants by its name.
type name[T named] struct{ value T }

type named interface {
	~uint8
	fmt.Stringer
}

func (n name[T]) MarshalText() ([]byte, error) { return []byte(n.value.String()), nil }

func (n *name[T]) UnmarshalText(text []byte) error {
	for i := range 256 {
		v := T(i)
		s := v.String()
		if s == strconv.Itoa(i) {
			break // no more names
		}
		if s == string(text) {
			n.value = v
			return nil
		}
	}
	return fmt.Errorf("%q is not known to this version", text)
}

func writtenEvent(e *vrrp.Event) *event {
	return &event{
		Kind: name[vrrp.EventKind]{e.Kind}, ID: e.Instance, Link: e.Link, Source: e.Source,
		Advert: advert{Source: e.Advert.Source, Priority: e.Advert.Priority, Interval: e.Advert.Interval, Sequence: e.Advert.Sequence},
		Weight: e.Weight, Down: e.Down, Pending: e.Pending, Planned: e.Planned, For: e.For,
	}
}

func (e *event) core() vrrp.Event {
	return vrrp.Event{
		Kind: e.Kind.value, Instance: e.ID, Link: e.Link, Source: e.Source,
		Advert: vrrp.Advert{Source: e.Advert.Source, Priority: e.Advert.Priority, Interval: e.Advert.Interval, Sequence: e.Advert.Sequence},
		Weight: e.Weight, Down: e.Down, Pending: e.Pending, Planned: e.Planned, For: e.For,
	}
}

func writtenAction(a *vrrp.Action) action {
	return action{
		Kind: name[vrrp.ActionKind]{a.Kind}, ID: a.Instance, Group: a.Group, Priority: a.Priority, Before: a.Before,
		Count: a.Count, Sequence: a.Sequence, From: name[vrrp.State]{a.From}, To: name[vrrp.State]{a.To},
		Reason: name[vrrp.Reason]{a.Reason}, Quiet: a.Quiet, After: a.After,
	}
}

func (a *action) core() vrrp.Action {
	return vrrp.Action{
		Kind: a.Kind.value, Instance: a.ID, Group: a.Group, Priority: a.Priority, Before: a.Before,
		Count: a.Count, Sequence: a.Sequence, From: a.From.value, To: a.To.value,
		Reason: a.Reason.value, Quiet: a.Quiet, After: a.After,
	}
}

// withoutSecrets are the same instances as they may be written to a file.
func withoutSecrets(all []vrrp.Config) []vrrp.Config {
	out := make([]vrrp.Config, len(all))
	for i, c := range all {
		c.AuthData, c.HMAC = [8]byte{}, nil
		out[i] = c
	}
	return out
}
