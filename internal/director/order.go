package director

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/lvs"
)

// OrderKind says what an Order is about.
type OrderKind uint8

// Orders.
const (
	// Look changes nothing.
	Look OrderKind = iota
	Drain
	Undrain
	SetWeight
	ClearWeight
)

// Order is what an operator wants of one real server.
type Order struct {
	Kind OrderKind
	// VirtualServer and RealServer are names as lvs.Director.Find takes them.
	VirtualServer, RealServer string
	Weight                    uint32 // of SetWeight, up to lvs.MaxOverride
}

// Ordered is how a real server stands after an Order.
type Ordered struct {
	VirtualServer string // as it is shown
	Active        bool   // the virtual server is in this kernel
	Why           string
	Quorum        bool
	Sorry         bool
	RealServer    RealServerStatus
	Connections   lvs.Connections // over all services of the virtual server
}

// Counter is a Kernel that can count the connections of destinations; those that it has not have none.
type Counter interface {
	Connections([]lvs.Placement) (lvs.Connections, error)
}

var (
	errNotStarted = errors.New("the IPVS table has not been read yet: try again, and see the log")
	errEnding     = errors.New("the LVS process is ending")
)

// Order does what o says and returns how the real server stands then: the kernel has been told. What is
// ordered is kept over reloads and in the state file. Errors say what is wrong with the names.
func (d *Director) Order(o Order) (Ordered, error) {
	var result Ordered
	var places []lvs.Placement
	var err error
	d.call(func() { result, places, err = d.order(o) })
	if counter, ok := d.deps.Kernel.(Counter); ok && err == nil { // beside the loop
		result.Connections, err = counter.Connections(places)
	}
	return result, err
}

func (d *Director) order(o Order) (Ordered, []lvs.Placement, error) {
	switch {
	case d.stopping:
		return Ordered{}, nil, errEnding
	case !d.started:
		return Ordered{}, nil, errNotStarted
	case o.Kind == SetWeight && o.Weight > lvs.MaxOverride:
		return Ordered{}, nil, fmt.Errorf("weight %d: the largest is %d", o.Weight, lvs.MaxOverride)
	}
	target, err := d.core.Find(o.VirtualServer, o.RealServer)
	if err != nil {
		return Ordered{}, nil, err
	}
	before, _ := d.core.Override(target.Server, target.Real)
	after := o.applied(before)
	if after != before {
		d.log.Info("order from the control socket", zap.Stringer("order", o.Kind), zap.String("real_server", target.Name),
			zap.String("virtual_server", target.Server), zap.Uint32("weight", o.Weight))
		d.step(lvs.Event{Kind: lvs.Overridden, At: time.Now(), Override: after})
		d.remember()
		d.write(time.Now())
	}
	return d.ordered(target), d.core.Placements(target.Server, target.Real), nil
}

// applied is what is ordered of a real server once o is.
func (o Order) applied(before lvs.Override) lvs.Override {
	after := before
	switch o.Kind {
	case Drain:
		after.Drained = true
	case Undrain:
		after.Drained = false
	case SetWeight:
		after.HasWeight, after.Weight = true, o.Weight
	case ClearWeight:
		after.HasWeight, after.Weight = false, 0
	}
	return after
}

// String names the kind.
func (k OrderKind) String() string {
	names := [...]string{"look", "drain", "undrain", "set weight", "clear weight"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("order %d", uint8(k))
}

// ordered is how the real server stands.
func (d *Director) ordered(target lvs.Target) Ordered {
	for _, v := range d.status().VirtualServers {
		if v.Name != target.Server {
			continue
		}
		for _, r := range v.RealServers {
			if r.Label == target.Real.String() {
				return Ordered{VirtualServer: v.Name, Active: v.Active, Why: v.Why, Quorum: v.Quorum, Sorry: v.Sorry, RealServer: r}
			}
		}
	}
	return Ordered{VirtualServer: target.Server}
}

// forgotten logs the orders of real servers that a reload has taken out of the configuration.
func (d *Director) forgotten(before []lvs.Override) {
	for _, o := range before {
		if _, known := d.core.Override(o.Server, o.Real); !known {
			d.log.Warn("a real server left the configuration: what was ordered of it is forgotten",
				zap.String("real_server", o.Real.String()), zap.String("virtual_server", o.Server))
		}
	}
}
