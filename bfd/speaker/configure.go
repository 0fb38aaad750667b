package speaker

import (
	"errors"
	"fmt"
	"slices"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/bfd"
)

// configure takes settings over and tells the state of every session: whoever tracks them may be new.
func (l *loop) configure(s *Settings, resumed []bfd.Resumed) {
	now := l.now()
	l.actions = l.core.Reload(now, s.Sessions, resumed, l.actions[:0])
	sessions := l.core.Sessions()
	l.wanted = map[receiverKey][]neighbour{}
	for i := range sessions {
		st := &sessions[i]
		remote := st.Remote.Unmap().WithZone("")
		k := receiverKey{six: remote.Is6(), multihop: st.Multihop}
		l.wanted[k] = append(l.wanted[k], neighbour{remote, st.Mine})
		sd := l.senders[st.ID]
		if sd == nil {
			l.senders[st.ID] = newSender(st.Config)
		} else if err := sd.reconfigure(st.Config); err != nil {
			l.log.Warn(fmt.Sprintf("(%s) the TTL cannot be changed", st.Name), zap.Error(err))
		}
	}
	l.listen()
	l.execute(now, l.actions)
	l.slots = l.state.assign(sessions)
	l.news = nil
	for i := range sessions {
		st, _ := l.core.Session(sessions[i].ID)
		l.slots[st.ID].store(&st, l.boot+now)
		l.news = append(l.news, Session{Name: st.Name, Up: st.Alive})
	}
	for _, r := range resumed {
		l.log.Info(fmt.Sprintf("(%s) goes on as Up: it was left so %v ago", r.Name, r.Silent))
	}
	l.publish()
}

// listen opens the receivers that are wanted and closes the others.
func (l *loop) listen() {
	l.retryAt = 0
	for k, r := range l.receivers {
		if l.wanted[k] == nil {
			l.shut(r)
		}
	}
	for k, neighbours := range l.wanted {
		if r := l.receivers[k]; r != nil {
			if err := r.filter(neighbours); err != nil {
				l.log.Warn("the filter of a BFD socket cannot be changed", zap.Error(err))
			}
			continue
		}
		if err := l.open(k, neighbours); err != nil {
			l.retryAt = l.now() + retryAfter
			if !l.refused[k] {
				l.refused[k] = true
				l.log.Error("no neighbour can be heard: "+cureOf(err), zap.Error(err))
			}
			continue
		}
		if l.refused[k] {
			delete(l.refused, k)
			l.log.Info(fmt.Sprintf("listening on UDP port %d now", k.port()))
		}
	}
}

// cureOf says what to do about a port that cannot be had.
func cureOf(err error) string {
	if errors.Is(err, unix.EADDRINUSE) {
		return "another BFD daemon has the port, stop it ('ss -ulpn' shows which)"
	}
	return "it is tried again every second"
}

func (l *loop) open(k receiverKey, neighbours []neighbour) error {
	r, err := openReceiver(k, neighbours)
	if err != nil {
		return err
	}
	number := slices.Index(l.numbers, nil)
	if number < 0 {
		number = len(l.numbers)
		l.numbers = append(l.numbers, nil)
	}
	if err := l.poller.Add(r.fd, int32(number)); err != nil {
		r.close()
		return err
	}
	l.numbers[number] = r
	l.receivers[k] = r
	return nil
}

func (l *loop) shut(r *receiver) {
	l.poller.Remove(r.fd)
	r.close()
	l.numbers[slices.Index(l.numbers, r)] = nil
	delete(l.receivers, r.receiverKey)
}
