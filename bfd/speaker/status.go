package speaker

import (
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/bfd"
)

// Status is a snapshot of the BFD process for dumps and holdfastctl.
type Status struct {
	Sessions []SessionStatus `json:"sessions"`
	// Discarded counts packets that were not taken, by what was wrong with them.
	Discarded map[string]uint64 `json:"discarded,omitempty"`
}

// SessionStatus is a session as it stands. Discriminators are 0, and times zero, where nothing is known
// of the neighbour.
type SessionStatus struct {
	Name        string     `json:"name"`
	Local       netip.Addr `json:"local,omitzero"`
	Neighbour   netip.Addr `json:"neighbour"`
	Multihop    bool       `json:"multihop,omitempty"`
	State       string     `json:"state"`
	RemoteState string     `json:"remote_state"`
	Diag        string     `json:"diagnostic"`
	RemoteDiag  string     `json:"remote_diagnostic"`

	Discriminator       uint32 `json:"discriminator"`
	RemoteDiscriminator uint32 `json:"remote_discriminator"`
	// MinTx and MinRx are what our packets tell, the remote ones what the neighbour's do.
	MinTx            time.Duration `json:"min_tx_ns"`
	MinRx            time.Duration `json:"min_rx_ns"`
	RemoteMinTx      time.Duration `json:"remote_min_tx_ns"`
	RemoteMinRx      time.Duration `json:"remote_min_rx_ns"`
	Multiplier       uint8         `json:"multiplier"`
	RemoteMultiplier uint8         `json:"remote_multiplier"`
	// TxInterval is how often we send before jitter, 0 for not at all; RxInterval how often the
	// neighbour does; Detection how long its silence is borne, RemoteDetection how long ours.
	TxInterval      time.Duration `json:"tx_interval_ns"`
	RxInterval      time.Duration `json:"rx_interval_ns"`
	Detection       time.Duration `json:"detection_ns"`
	RemoteDetection time.Duration `json:"remote_detection_ns"`
	RemoteDemand    bool          `json:"remote_demand,omitempty"`
	Polling         bool          `json:"polling,omitempty"`

	Since    time.Time `json:"since"`
	LastSeen time.Time `json:"last_seen,omitzero"`
	// SendError is what the kernel says to our packets, empty if it takes them.
	SendError string `json:"send_error,omitempty"`

	Sent      uint64 `json:"sent"`
	Received  uint64 `json:"received"`
	Discarded uint64 `json:"discarded"`
	Ups       uint64 `json:"ups"`
	Downs     uint64 `json:"downs"`
}

// status is a snapshot; the loop's own.
func (l *loop) status() Status {
	s := Status{Sessions: []SessionStatus{}}
	for _, c := range l.core.Sessions() {
		st := SessionStatus{
			Name: c.Name, Local: c.Local, Neighbour: c.Remote, Multihop: c.Multihop,
			State: c.State.String(), RemoteState: c.RemoteState.String(), Diag: c.Diag.String(), RemoteDiag: c.RemoteDiag.String(),
			Discriminator: c.Mine, RemoteDiscriminator: c.Yours,
			MinTx: c.SaidTx, MinRx: c.SaidRx, RemoteMinTx: c.RemoteMinTx, RemoteMinRx: c.RemoteMinRx,
			Multiplier: c.Multiplier, RemoteMultiplier: c.RemoteMultiplier,
			TxInterval: c.Tx, Detection: c.Detection, RemoteDetection: time.Duration(c.Multiplier) * c.Tx,
			RemoteDemand: c.RemoteDemand, Polling: c.Polling, Since: l.epoch.Add(c.Since),
			Sent: c.Sent, Received: c.Received, Discarded: c.Discarded, Ups: c.Ups, Downs: c.Downs,
		}
		if c.RemoteMultiplier > 0 {
			st.RxInterval = c.Detection / time.Duration(c.RemoteMultiplier)
		} else {
			st.RemoteMinRx = 0 // what the neighbour wants is not known
		}
		if c.WasHeard {
			st.LastSeen = l.epoch.Add(c.Heard)
		}
		if sd := l.senders[c.ID]; sd != nil && sd.failure != nil {
			st.SendError = sd.failure.Error()
		}
		s.Sessions = append(s.Sessions, st)
	}
	for f, n := range l.discards() {
		if s.Discarded == nil {
			s.Discarded = map[string]uint64{}
		}
		s.Discarded[f.String()] = n
	}
	return s
}

// discards adds up what the codec, the kernel's TTL and the core had to refuse.
func (l *loop) discards() map[bfd.Fault]uint64 {
	all := map[bfd.Fault]uint64{}
	for f, n := range l.core.Discards() {
		if n += l.malformed[f]; n > 0 {
			all[bfd.Fault(f)] = n
		}
	}
	return all
}
