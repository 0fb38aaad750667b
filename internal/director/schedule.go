package director

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/internal/due"
	"github.com/holdfast-ha/holdfast/lvs"
)

// schedule runs the checks: one heap for all that is due, and goroutines for those that run, so
// many at most. It belongs to the loop.
type schedule struct {
	d    *Director
	ctx  context.Context
	jobs map[lvs.CheckID]*job
	// sessions are the BFD sessions that were told of.
	sessions map[string]Session
	files    map[string]string // what is in tracked files, by path
	heap     due.Heap[job]     // by epoch
	backlog  backlog
	running  int
	probes   uint64 // runs since the start
	lateness lateness
	epoch    time.Time // when the schedule was made; see together too
	// equal are the jobs by shareKey; reals is what the settings said of each real server.
	equal map[shareKey][]*job
	reals map[realKey]lvs.RealServer
}

func newSchedule(d *Director) *schedule {
	return &schedule{d: d, ctx: context.Background(), jobs: map[lvs.CheckID]*job{}, sessions: map[string]Session{}, files: map[string]string{}, epoch: time.Now()}
}

// next is when run has something to do without being asked.
func (s *schedule) next() time.Time {
	var first time.Time
	if s.heap.Len() > 0 {
		first = s.epoch.Add(s.heap.First().due.At)
	}
	if !s.place() { // the next result makes one
		return first
	}
	if turn := s.backlog.next(); !turn.IsZero() && (first.IsZero() || turn.Before(first)) {
		return turn
	}
	return first
}

// place tells whether one more check may run.
func (s *schedule) place() bool { return s.running < s.d.deps.MaxRunning }

// run starts what is due and gives up what is stuck. Nothing overtakes those that wait.
func (s *schedule) run(now time.Time) {
	for s.heap.By(now.Sub(s.epoch)) {
		j := s.heap.First()
		s.heap.Remove(&j.due)
		switch {
		case j.running:
			s.giveUp(j, now)
		case s.place() && len(s.backlog.list) == 0 && s.late(j, now) <= tardy:
			s.begin(s.sharers(j, now), now)
		default:
			s.backlog.add(j, s.late(j, now))
		}
	}
	s.refill(now)
}

func (s *schedule) push(j *job, due time.Time) {
	j.due.At = due.Sub(s.epoch)
	s.heap.Add(&j.due, j)
}

// late is by how much a time is after that at which a job is due; below zero: before.
func (s *schedule) late(j *job, now time.Time) time.Duration { return now.Sub(s.epoch) - j.due.At }

// Checks begin at moments of a grid, as wide as a fraction of their delay and at most coarse: most of what
// a check costs is waking up for it, and this way one wake-up does for several. Each goes to the moment
// that is nearest to its own time, so that they come no later on average, and do not gather.
const (
	coarse   = 20 * time.Millisecond
	fraction = 20
)

// together moves a time to come to the nearest moment of the grid.
func (s *schedule) together(due, now time.Time) time.Time {
	grid := min(due.Sub(now)/fraction, coarse).Truncate(time.Millisecond)
	if grid <= 0 {
		return due
	}
	return s.epoch.Add(due.Sub(s.epoch).Round(grid))
}

// pull takes a job out of the heap, if it is there.
func (s *schedule) pull(j *job) {
	if s.heap.Has(&j.due) {
		s.heap.Remove(&j.due)
	}
}

// giveUp counts a run that does not return as failed and lets the next one begin in time.
func (s *schedule) giveUp(j *job, now time.Time) {
	j.run++ // its result is not wanted any more
	j.abandoned++
	s.d.log.Error("check is stuck and was given up", zap.String("check", j.config.Name),
		zap.String("real_server", j.real), zap.String("virtual_server", j.server))
	s.settle(j, now, checkers.Result{Detail: "the check is stuck", Took: j.timeout() + overtime + stuck})
}

// settle ends a run for a job: its result counts, the next one is planned.
func (s *schedule) settle(j *job, now time.Time, result checkers.Result) {
	s.leave(j, now)
	if j.removed || j.suspended {
		return
	}
	j.last, j.lastAt = result, now
	j.runs++
	j.took += result.Took
	if !result.OK {
		j.failed++
	}
	j.recent.add(result)
	next, change := j.state.Step(now, result)
	s.push(j, s.together(next, now))
	s.d.result(j, now, result, change)
}

// refill gives free places to those that wait.
func (s *schedule) refill(now time.Time) {
	for s.place() {
		j := s.backlog.take(now)
		if j == nil {
			return
		}
		s.begin(s.sharers(j, now), now)
	}
}

// postpone moves all that is planned, since the loop had something else to do for so long.
func (s *schedule) postpone(by time.Duration) {
	s.heap.Delay(by.Round(coarse)) // they stay on the grid
}

// reload makes the jobs those of the settings. A check that is still there goes on as it was, with
// its new timing from its next run on.
func (s *schedule) reload(settings Settings) {
	old := s.jobs
	s.jobs = make(map[lvs.CheckID]*job, len(old))
	s.equal = map[shareKey][]*job{}
	reals := make(map[realKey]lvs.RealServer, len(s.reals))
	now := time.Now()
	for _, v := range settings.VirtualServers {
		for i, r := range v.RealServers {
			if i < len(v.VirtualServer.RealServers) {
				core := v.VirtualServer.RealServers[i]
				s.reloadReal(old, v, core, r, now)
				reals[realKey{v.Name, core.Destination.DestinationKey}] = core
			}
		}
	}
	s.reals = reals
	for _, j := range old {
		s.remove(j)
	}
	s.backlog.expect(s.jobs)
	s.followAll()
	s.suspend()
}

// realKey names a real server.
type realKey struct {
	server string
	real   lvs.DestinationKey
}

// sameReal reports whether nothing was changed about a real server itself.
func sameReal(a, b lvs.RealServer) bool {
	return a.Destination == b.Destination && a.Inhibit == b.Inhibit && a.Alpha == b.Alpha && a.SlowStart == b.SlowStart
}

func (s *schedule) reloadReal(old map[lvs.CheckID]*job, v VirtualServer, core lvs.RealServer, r RealServer, now time.Time) {
	before, known := s.reals[realKey{v.Name, core.Destination.DestinationKey}]
	for i, id := range identities(r.Checks) {
		key := lvs.CheckID{Server: v.Name, Real: core.Destination.DestinationKey, Check: id}
		if id == "" || s.jobs[key] != nil {
			continue
		}
		share := newShareKey(r.Checks[i])
		j := old[key]
		if j == nil {
			j = s.add(key, r.Checks[i], now)
			if known {
				s.hasten(j, now)
			}
		} else {
			delete(old, key)
			s.retime(j, r.Checks[i])
			if j.key != share || !sameReal(before, core) {
				s.hasten(j, now)
			}
		}
		j.server, j.real, j.config, j.key = v.Name, core.Name, r.Checks[i], share
		s.jobs[key] = j
		s.equal[j.key] = append(s.equal[j.key], j)
	}
}

// atOnce is within what time the checks begin that a reload has changed: not all in one moment.
const atOnce = time.Second

// hasten has a check run that is not running: a reload has changed it, or its real server.
func (s *schedule) hasten(j *job, now time.Time) {
	soon := s.together(now.Add(time.Duration(s.d.deps.Random()*float64(atOnce))), now)
	if j.running || j.waiting || j.suspended || !s.heap.Has(&j.due) || s.late(j, soon) >= 0 {
		return
	}
	s.pull(j)
	s.push(j, soon)
}

// retime takes new limits and delays over for a check of the same identity.
func (s *schedule) retime(j *job, config Check) {
	if j.config.timeout() != config.timeout() || j.config.HTTP.otherSSL(config.HTTP) {
		j.checker = s.d.deps.NewChecker(config)
	}
	j.state = j.state.Resume(timing(config))
}

// add makes a new job, to be run after the settling time and a random part of its warmup.
func (s *schedule) add(id lvs.CheckID, config Check, now time.Time) *job {
	up, _ := s.d.core.Up(id)
	j := &job{id: id, config: config}
	j.state = checkers.NewState(timing(config), !up)
	if config.told() {
		return j // it is told
	}
	j.checker = s.d.deps.NewChecker(config)
	s.push(j, s.together(j.state.First(now, s.d.deps.Random()), now))
	return j
}

func (s *schedule) remove(j *job) {
	j.removed = true
	s.pull(j)
	if j.running && j.probe.allRemoved() { // its place is free when it has returned
		j.probe.stop()
	}
}

// suspend stops the checks of virtual servers with ha_suspend that are not active here, and takes
// those up again that are.
func (s *schedule) suspend() {
	if !s.d.started {
		return
	}
	var active map[string]bool
	now := time.Now()
	for _, v := range s.d.settings.VirtualServers {
		if !v.HASuspend {
			continue
		}
		if active == nil {
			active = map[string]bool{}
			for _, state := range s.d.core.State() {
				active[state.Name] = state.Active
			}
		}
		for i, r := range v.RealServers {
			if i >= len(v.VirtualServer.RealServers) {
				break
			}
			key := v.VirtualServer.RealServers[i].Destination.DestinationKey
			for _, id := range identities(r.Checks) {
				if j := s.jobs[lvs.CheckID{Server: v.Name, Real: key, Check: id}]; j != nil {
					s.setSuspended(j, !active[v.Name], now)
				}
			}
		}
	}
}

func (s *schedule) setSuspended(j *job, suspended bool, now time.Time) {
	if j.suspended == suspended {
		return
	}
	j.suspended = suspended
	word := "Activating"
	if suspended {
		word = "Suspending"
		s.pull(j)
		if j.running { // its result will be ignored
			s.abandon(j, now)
		}
	} else if j.config.told() {
		s.follow(j)
	} else if !s.heap.Has(&j.due) {
		s.push(j, now)
	}
	s.d.log.Info(word + " healthchecker for service " + j.real + " for VS " + j.server)
}

// stop ends all that runs. Results that still come are not taken any more.
func (s *schedule) stop() {
	for _, j := range s.jobs {
		if j.running {
			j.probe.stop()
		}
	}
}
