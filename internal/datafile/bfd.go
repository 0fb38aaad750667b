package datafile

import (
	"fmt"
	"time"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// BFD writes what follows the global definitions in keepalived_bfd.data, but for keepalived's view of
// its own descriptors and threads. s may be nil.
func BFD(w *Writer, c *config.Config, s *bfdspeaker.Status) {
	sessions := map[string]*bfdspeaker.SessionStatus{}
	if s != nil {
		for i := range s.Sessions {
			sessions[s.Sessions[i].Name] = &s.Sessions[i]
		}
	}
	w.Section("BFD Data")
	w.Section("BFD Topology")
	for i := range c.BFDs {
		b := &c.BFDs[i]
		bfdInstance(w, b)
		if s := sessions[b.Name]; s != nil {
			bfdSession(w, s)
		}
	}
}

// bfdInstance writes what the file says.
func bfdInstance(w *Writer, b *config.BFD) {
	w.Line(0, "BFD Instance = %s", b.Name)
	w.Line(1, "Neighbor IP = %s", b.Neighbour)
	w.LineIf(b.Source.IsValid(), 1, "Source IP = %s", b.Source)
	w.Line(1, "Required min RX interval = %s", micros(b.MinRx))
	w.Line(1, "Desired min TX interval = %s", micros(b.MinTx))
	w.Line(1, "Desired idle TX interval = %s", micros(b.IdleTx))
	w.Line(1, "Detection multiplier = %d", b.Multiplier)
	w.Line(1, "%s = %d", word(b.Neighbour.Is4(), "TTL", "hoplimit"), b.TTL)
	w.Line(1, "max_hops = %d", b.MaxHops)
	w.Line(1, "passive = %s", trueFalse(b.Passive))
	w.Line(1, "send event to VRRP process = %s", word(b.VRRP, "Yes", "No"))
	w.Line(1, "send event to checker process = %s", word(b.Checker, "Yes", "No"))
}

// bfdSession writes how the session stands. The direction is that of the side which counts: the remote
// interval is that in which the neighbour sends.
func bfdSession(w *Writer, s *bfdspeaker.SessionStatus) {
	w.Line(1, "send error = %s", trueFalse(s.SendError != ""))
	w.Line(1, "local state = %s", s.State)
	w.Line(1, "remote state = %s", s.RemoteState)
	w.Line(1, "local discriminator = 0x%x", s.Discriminator)
	w.Line(1, "remote discriminator = 0x%x", s.RemoteDiscriminator)
	w.Line(1, "local diag = %s", s.Diag)
	w.Line(1, "remote diag = %s", s.RemoteDiag)
	w.Line(1, "remote min tx intv = %s", micros(s.RemoteMinTx))
	w.Line(1, "remote min rx intv = %s", micros(s.RemoteMinRx))
	w.Line(1, "local demand = 0")
	w.Line(1, "remote demand = %s", oneZero(s.RemoteDemand))
	w.Line(1, "remote detect multiplier = %d", s.RemoteMultiplier)
	w.Line(1, "%spoll, !final", word(s.Polling, "", "!"))
	w.Line(1, "local tx intv = %s", micros(s.TxInterval))
	w.Line(1, "remote tx intv = %s", micros(s.RxInterval))
	w.Line(1, "local detection time = %s", micros(s.Detection))
	w.Line(1, "remote detection time = %s", micros(s.RemoteDetection))
	if s.LastSeen.IsZero() {
		w.Line(1, "last_seen = [never]")
		return
	}
	t := s.LastSeen
	w.Line(1, "last seen = %d.%06d (%s.%06d)", t.Unix(), t.Nanosecond()/1000, t.Format(time.ANSIC), t.Nanosecond()/1000)
}

// micros is a time in microseconds.
func micros(d time.Duration) string { return fmt.Sprintf("%d us", d.Microseconds()) }
