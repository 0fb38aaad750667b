package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	cloudflare "github.com/cloudflare/ipvs"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/lvs"
)

// Flush removes every service, whoever added it.
func (k *Kernel) Flush() error {
	return k.command("flush ipvs", cmdFlush, func(*messages) {})
}

// Zero resets the counters of one service, or of all when key is nil.
func (k *Kernel) Zero(key *lvs.ServiceKey) error {
	return k.command("zero ipvs counters", cmdZero, func(m *messages) {
		if key != nil {
			m.identity(*key)
		}
	})
}

// Timeouts reads how long idle connections are kept.
func (k *Kernel) Timeouts() (lvs.Timeouts, error) {
	k.reading.Lock()
	defer k.reading.Unlock()
	c, err := k.client.Config()
	if err != nil {
		return lvs.Timeouts{}, fmt.Errorf("read ipvs timeouts: %w", err)
	}
	return lvs.Timeouts{
		TCP:    time.Duration(c.TCPTimeout) * time.Second,
		TCPFin: time.Duration(c.TCPFinTimeout) * time.Second,
		UDP:    time.Duration(c.UDPTimeout) * time.Second,
	}, nil
}

// SetTimeouts changes those that are not zero.
func (k *Kernel) SetTimeouts(t lvs.Timeouts) error {
	k.reading.Lock()
	defer k.reading.Unlock()
	err := k.client.SetConfig(cloudflare.Config{
		TCPTimeout:    uint32(t.TCP / time.Second),
		TCPFinTimeout: uint32(t.TCPFin / time.Second),
		UDPTimeout:    uint32(t.UDP / time.Second),
	})
	if err != nil {
		return fmt.Errorf("set ipvs timeouts: %w", err)
	}
	return nil
}

// StartDaemon starts a sync daemon. One that runs already and is the same is no error; another one of
// that role is EEXIST.
func (k *Kernel) StartDaemon(d lvs.SyncDaemon) error {
	err := k.startDaemon(d)
	switch {
	case errors.Is(err, unix.EEXIST):
		running, readErr := k.Daemons()
		if readErr == nil && slices.ContainsFunc(running, func(r lvs.SyncDaemon) bool { return r.Role == d.Role && d.Matches(r) }) {
			return nil
		}
	case errors.Is(err, unix.ENODEV):
		return fmt.Errorf("%w: there is no interface %s", err, d.Interface)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%w: the kernel synchronises no connections beside services with real servers of the other address family", err)
	}
	return err
}

func (k *Kernel) startDaemon(d lvs.SyncDaemon) error {
	return k.command("start ipvs sync daemon", cmdNewDaemon, func(m *messages) {
		at := m.nest(attrDaemon)
		m.uint32(daemonState, uint32(d.Role))
		m.string(daemonInterface, d.Interface)
		m.uint32(daemonSyncID, d.SyncID)
		if d.MaxLen != 0 {
			m.uint16(daemonMaxLen, d.MaxLen)
		}
		if d.Group.Is4() {
			m.addr(daemonGroup, d.Group)
		} else if d.Group.IsValid() {
			m.addr(daemonGroup6, d.Group)
		}
		if d.Port != 0 {
			m.uint16(daemonPort, d.Port)
		}
		if d.TTL != 0 {
			m.uint8(daemonTTL, d.TTL)
		}
		m.endNest(at)
	})
}

// StopDaemon stops the sync daemon of a role; that there is none is no error.
func (k *Kernel) StopDaemon(role lvs.SyncRole) error {
	err := k.command("stop ipvs sync daemon", cmdDelDaemon, func(m *messages) {
		at := m.nest(attrDaemon)
		m.uint32(daemonState, uint32(role))
		m.endNest(at)
	})
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}

// Daemons returns the sync daemons that run.
func (k *Kernel) Daemons() ([]lvs.SyncDaemon, error) {
	k.reading.Lock()
	defer k.reading.Unlock()
	var daemons []lvs.SyncDaemon
	err := k.dump(cmdGetDaemon, nil, func(attrs []byte) {
		eachAttribute(attrs, func(kind uint16, nest []byte) {
			if kind == attrDaemon {
				daemons = append(daemons, decodeDaemon(nest))
			}
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read ipvs sync daemons: %w", err)
	}
	return daemons, nil
}

func decodeDaemon(nest []byte) lvs.SyncDaemon {
	var d lvs.SyncDaemon
	eachAttribute(nest, func(kind uint16, v []byte) {
		switch {
		case kind == daemonState && len(v) == 4:
			d.Role = lvs.SyncRole(binary.NativeEndian.Uint32(v))
		case kind == daemonInterface:
			d.Interface = text(v)
		case kind == daemonSyncID && len(v) == 4:
			d.SyncID = binary.NativeEndian.Uint32(v)
		case kind == daemonMaxLen && len(v) == 2:
			d.MaxLen = binary.NativeEndian.Uint16(v)
		case kind == daemonGroup || kind == daemonGroup6:
			d.Group, _ = netip.AddrFromSlice(v)
		case kind == daemonPort && len(v) == 2:
			d.Port = binary.NativeEndian.Uint16(v)
		case kind == daemonTTL && len(v) == 1:
			d.TTL = v[0]
		}
	})
	return d
}

// command sends one message and waits for its answer.
func (k *Kernel) command(what string, command uint8, fill func(*messages)) error {
	k.writing.Lock()
	defer k.writing.Unlock()
	seq := k.socket.next(1)
	k.out.reset()
	k.out.begin(command, unix.NLM_F_ACK, seq)
	fill(&k.out)
	k.out.end()
	k.writes.Add(1)
	if err := k.socket.send(k.out.b); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	var errno unix.Errno
	err := k.socket.receive(func(kind uint16, got uint32, payload []byte) bool {
		if kind != unix.NLMSG_ERROR || got != seq {
			return false
		}
		errno = errnoOf(payload)
		return true
	})
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", what, err)
	case errno == unix.EPERM:
		return fmt.Errorf("%s: %w: %w", what, ErrPermission, errno)
	case errno != 0:
		return fmt.Errorf("%s: %w", what, errno)
	}
	return nil
}
