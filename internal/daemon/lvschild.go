package daemon

import (
	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/checkers/tcp"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/filewatch"
	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/internal/ipc"
	"github.com/holdfast-ha/holdfast/lvs/ipvs"
)

// runLVS is the LVS process.
func runLVS() int {
	var configuration lvsConfiguration
	c, ok := newChild("LVS", &configuration)
	if !ok {
		return exitFatal
	}
	c.begin(configuration.Process)
	defer c.sink.Close()
	kernel, err := ipvs.Open(ipvs.Options{
		NetNS: configuration.Settings.NetNS, Buffer: configuration.Settings.Buffer, ForceBuffer: configuration.Settings.ForceBuffer,
	})
	if err != nil {
		return c.refuse("IPVS cannot be used: virtual servers need it", err)
	}
	defer kernel.Close()
	connections, err := tcp.NewPool()
	if err != nil {
		return c.refuse("checks cannot be made", err)
	}
	defer connections.Close()
	l := &lvsChild{child: c}
	l.director = director.New(configuration.Settings, director.Deps{
		Log: c.log, Kernel: kernel, NewChecker: workshop{keys{}, connections}.newChecker, Execute: execute,
		StateFile: configuration.StateFile, Marker: marker{firewall.NewMarking(configuration.Settings.NetNS)},
		Changed: l.changed,
	})
	l.watchFiles(&configuration.Settings) // before the first decision
	return c.ended(c.run(l, l.director.Run, configuration.Number))
}

type lvsChild struct {
	*child
	director *director.Director
	peer     *ipc.Conn          // the VRRP process
	files    *filewatch.Watcher // of FILE_CHECKs; nil: there are none
	watched  []string           // by files
	changes  gathered
}

// changed tells the parent of a change. It never waits.
func (l *lvsChild) changed(change director.Change) {
	if l.changes.add(change) && !l.post(message{kind: ipc.Changes, take: l.changes.take}) {
		l.changes.take() // lost
	}
}

// orphaned: the parent is gone. With a VRRP process this one lives as long as that, which still
// answers for the addresses; without one it waits for a new parent as long as that would.
func (l *lvsChild) orphaned() {
	if l.peer == nil {
		l.child.orphaned()
	}
}

// peerGone: the connection to the VRRP process has ended; idle says that no instance was MASTER then. An
// orphan without a MASTER is done. One that lost both the parent and a MASTER is most likely about to be
// killed as they were, or a new parent is on its way: to clear the table now would take the connections
// from clients that the new one would go on serving.
func (l *lvsChild) peerGone(conn *ipc.Conn, idle bool) {
	if conn != l.peer {
		return
	}
	l.peer = nil
	switch {
	case l.stopping:
	case l.orphan && idle:
		l.log.Warn("the VRRP process has ended as well: stopping")
		l.stop(true)
	case l.orphan:
		l.director.HoldPeerLost()
		l.child.orphaned()
	default:
		l.director.HoldPeerLost()
	}
}

func (l *lvsChild) halt(bool) { l.director.Stop() }

func (l *lvsChild) handle(f ipc.Frame) {
	switch f.Kind {
	case ipc.Configure:
		var configuration lvsConfiguration
		if err := f.Decode(&configuration); err != nil {
			l.tell(ipc.Configured, ipc.Outcome{Error: err.Error()})
			return
		}
		l.adapt(configuration.Process)
		l.watchFiles(&configuration.Settings)
		go func() { // it waits for the kernel
			l.director.Reload(configuration.Settings)
			l.tell(ipc.Configured, ipc.Outcome{Number: configuration.Number})
		}()
	case ipc.Stop:
		l.stop(true)
	case ipc.StatusRequest:
		report(l.child, f, func(request statusRequest) director.Status {
			if request.Traffic {
				return l.director.StatusWithTraffic()
			}
			return l.director.Status()
		})
	case ipc.Sessions:
		var sessions []director.Session
		if err := f.Decode(&sessions); err != nil {
			l.log.Error("the state of BFD sessions is not readable", zap.Error(err))
			return
		}
		l.director.Sessions(sessions)
	case ipc.Peer:
		l.attach(f)
	case ipc.Order:
		l.order(f)
	}
}

// attach takes the socket in a Peer frame as the connection to the VRRP process from now on.
func (l *lvsChild) attach(f ipc.Frame) {
	for i, file := range f.Files {
		if i > 0 {
			file.Close()
			continue
		}
		conn, err := ipc.New(file)
		if err != nil {
			l.log.Error("the connection to the VRRP process cannot be used", zap.Error(err))
			continue
		}
		if l.peer != nil {
			l.peer.Close()
		}
		l.peer = conn
		go l.follow(conn)
	}
}

// follow passes on who is MASTER and acknowledges it when the kernel agrees.
func (l *lvsChild) follow(conn *ipc.Conn) {
	idle := false // not before it has said so
	defer func() {
		conn.Close()
		l.calls <- func() { l.peerGone(conn, idle) }
	}()
	for {
		f, err := conn.Receive()
		if err != nil {
			return
		}
		var set ipc.MasterSet
		if f.Kind != ipc.Masters {
			continue
		}
		if err := f.Decode(&set); err != nil {
			l.log.Error("the VRRP process is not understood", zap.Error(err))
			return
		}
		idle = len(set.Instances) == 0 && len(set.Groups) == 0
		agreed := l.director.Masters(set.Instances, set.Groups)
		go func() {
			<-agreed
			// An error means that the VRRP process is gone, which Receive sees too.
			_ = conn.Send(ipc.Ack, set.Number)
		}()
	}
}
