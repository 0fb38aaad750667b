package daemon

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

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
	c, first, err := newChild()
	if err != nil {
		fmt.Fprintln(os.Stderr, "holdfast: LVS process:", err)
		return exitFatal
	}
	var configuration lvsConfiguration
	if err := first.Decode(&configuration); err != nil {
		fmt.Fprintln(os.Stderr, "holdfast: LVS process:", err)
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
	l := &lvsChild{child: c, done: make(chan error, 1), peers: make(chan lostPeer, 4)}
	l.director = director.New(configuration.Settings, director.Deps{
		Log: c.log, Kernel: kernel, NewChecker: workshop{keys{}, connections}.newChecker, Execute: execute,
		StateFile: configuration.StateFile, Marker: marker{firewall.NewMarking(configuration.Settings.NetNS)},
		Changed: l.changed,
	})
	l.watchFiles(&configuration.Settings) // before the first decision
	go func() { l.done <- l.director.Run(context.Background()) }()
	c.tell(ipc.Configured, ipc.Outcome{Number: configuration.Number})
	return l.loop()
}

type lvsChild struct {
	*child
	director *director.Director
	done     chan error    // Run has returned
	peer     *ipc.Conn     // the VRRP process
	peers    chan lostPeer // connections that ended
	stopping bool
	orphan   bool
	alone    <-chan time.Time
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

func (l *lvsChild) loop() int {
	frames := l.frames
	for {
		select {
		case f, ok := <-frames:
			if !ok {
				frames = nil
				l.orphaned()
				continue
			}
			l.handle(f)
		case lost := <-l.peers:
			l.peerGone(lost)
		case <-l.alone:
			l.log.Warn("no new parent process took over: stopping")
			l.stop()
		case <-l.signals:
			l.stop()
		case err := <-l.done:
			return l.end(err)
		}
	}
}

// orphaned: the parent is gone. With a VRRP process this one lives as long as that, which still
// answers for the addresses; without one it waits for a new parent as long as that would.
func (l *lvsChild) orphaned() {
	l.orphan = true
	if l.peer == nil && !l.stopping {
		l.alone = l.orphanTimer()
	}
}

// lostPeer is a connection to the VRRP process that ended; idle says that no instance was MASTER then.
type lostPeer struct {
	conn *ipc.Conn
	idle bool
}

// peerGone: an orphan without a MASTER is done. One that lost both the parent and a MASTER is most
// likely about to be killed as they were, or a new parent is on its way: to clear the table now would
// take the connections from clients that the new one would go on serving.
func (l *lvsChild) peerGone(lost lostPeer) {
	if lost.conn != l.peer {
		return
	}
	l.peer = nil
	switch {
	case l.stopping:
	case l.orphan && lost.idle:
		l.log.Warn("the VRRP process has ended as well: stopping")
		l.stop()
	case l.orphan:
		l.director.HoldPeerLost()
		l.alone = l.orphanTimer()
	default:
		l.director.HoldPeerLost()
	}
}

func (l *lvsChild) stop() {
	l.stopping = true
	go l.director.Stop()
}

func (l *lvsChild) end(err error) int {
	l.drain()
	if l.orphan {
		l.leave()
	}
	if err != nil {
		l.log.Error("the LVS process ended", zap.Error(err))
		return exitFatal
	}
	l.log.Info("Stopped")
	return exitOK
}

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
		l.stop()
	case ipc.StatusRequest:
		var request statusRequest
		if err := f.Decode(&request); err != nil {
			l.log.Warn("the parent's request is not readable", zap.Error(err))
			return
		}
		go func() {
			status := l.director.Status
			if request.Traffic {
				status = l.director.StatusWithTraffic
			}
			l.tell(ipc.StatusReply, lvsStatus{Number: request.Number, Goroutines: runtime.NumGoroutine(), Status: status()})
		}()
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
		l.peers <- lostPeer{conn, idle}
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
