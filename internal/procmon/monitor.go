package procmon

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
)

// pollInterval is how often /proc is read where the kernel does not tell.
const pollInterval = time.Second

// Options of a Monitor.
type Options struct {
	Log *zap.Logger
	// Changed is told, from one goroutine at a time, how many processes there are for each Match,
	// each time that a number changes. It must not call the Monitor.
	Changed func(counts []int)
	// Buffer is the size of the socket's receive buffer in octets, 0: the kernel's default; Force
	// exceeds what the host allows.
	Buffer int
	Force  bool
	// Proc is the process tree, "/proc" if empty. Poll: do without the connector.
	Proc string
	Poll bool
}

// Monitor counts processes until Close.
type Monitor struct {
	options   Options
	connector *connector // nil: /proc is polled
	table     *table     // of the goroutine that runs
	before    []int
	stop      chan struct{}
	done      sync.WaitGroup
}

// Watch starts to count, and returns the first numbers.
func Watch(matches []Match, o Options) (*Monitor, []int, error) {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	m := &Monitor{options: o, stop: make(chan struct{}), table: newTable(proc(o.Proc), matches)}
	if !o.Poll {
		// Events from here on wait until everything has been looked at: what happens meanwhile
		// counts afterwards.
		var err error
		if m.connector, err = connect(o.Buffer, o.Force); err != nil {
			o.Log.Warn("the kernel does not tell of processes: /proc is read every second instead", zap.Error(err))
		}
	}
	if err := m.table.scan(); err != nil {
		if m.connector != nil {
			m.connector.close()
		}
		return nil, nil, err
	}
	first := slices.Clone(m.table.counts) // before the table is the goroutine's
	if m.connector != nil {
		m.done.Go(m.follow)
	} else {
		m.done.Go(m.poll)
	}
	return m, first, nil
}

// Mode says how it finds out.
func (m *Monitor) Mode() string {
	if m.connector != nil {
		return "process connector"
	}
	return fmt.Sprintf("/proc every %v", pollInterval)
}

// Close ends the callbacks.
func (m *Monitor) Close() {
	close(m.stop)
	if m.connector != nil {
		m.connector.close()
	}
	m.done.Wait()
}

// follow reads events.
func (m *Monitor) follow() {
	for {
		e, ok, err := m.connector.next()
		switch {
		case errors.Is(err, os.ErrClosed):
			return
		case errors.Is(err, errLost):
			m.options.Log.Warn("process events were lost, reading everything anew; process_monitor_rcv_bufs makes room for more")
			m.update((*table).scan)
		case err != nil:
			m.options.Log.Error("process events cannot be read any more: /proc is read every second instead", zap.Error(err))
			m.poll()
			return
		case ok:
			m.update(func(t *table) error { t.apply(e); return nil })
		}
	}
}

func (m *Monitor) poll() {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		select {
		case <-m.stop:
			return
		case <-tick.C:
			m.update((*table).scan)
		}
	}
}

// update changes the table and tells what came of it.
func (m *Monitor) update(f func(*table) error) {
	m.before = append(m.before[:0], m.table.counts...)
	if err := f(m.table); err != nil {
		m.options.Log.Warn("processes cannot be listed", zap.Error(err))
	}
	if !slices.Equal(m.before, m.table.counts) {
		m.options.Changed(slices.Clone(m.table.counts))
	}
}
