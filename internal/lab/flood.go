package lab

import (
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Flood sends frames from a host, round and round, until it is stopped.
type Flood struct {
	begin   time.Time
	sent    atomic.Int64
	refused atomic.Int64
	stop    chan struct{}
	done    chan error
}

// floodTick is how often a flood sends what is due since the last time.
const floodTick = time.Millisecond

// Flood begins to send frames from an interface of the host, perSecond of them as far as the machine
// can.
func (h *Host) Flood(link string, perSecond int, frames [][]byte) (*Flood, error) {
	f := &Flood{begin: time.Now(), stop: make(chan struct{}), done: make(chan error, 1)}
	ready := make(chan error, 1)
	go func() {
		f.done <- h.Do(func() error {
			fd, err := floodSocket(link)
			ready <- err
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			f.run(fd, perSecond, frames)
			return nil
		})
	}()
	if err := <-ready; err != nil {
		return nil, fmt.Errorf("%s: flood: %w", h.Name, err)
	}
	return f, nil
}

// floodSocket is one that sends past the queueing discipline.
func floodSocket(link string) (int, error) {
	i, err := net.InterfaceByName(link)
	if err != nil {
		return -1, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	err = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: i.Index})
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func (f *Flood) run(fd, perSecond int, frames [][]byte) {
	due, next, last := 0.0, 0, time.Now()
	tick := time.NewTicker(floodTick)
	defer tick.Stop()
	for {
		select {
		case <-f.stop:
			return
		case <-tick.C:
		}
		now := time.Now()
		// What a stall left unsent is left out beyond a tenth of a second's worth.
		due = min(due+now.Sub(last).Seconds()*float64(perSecond), float64(perSecond)/10)
		last = now
		for ; due >= 1; due-- {
			if _, err := unix.Write(fd, frames[next]); err != nil {
				f.refused.Add(1)
			} else {
				f.sent.Add(1)
			}
			next = (next + 1) % len(frames)
		}
	}
}

// Stop ends the flood and tells how many frames went out each second.
func (f *Flood) Stop() (perSecond float64, err error) {
	took := time.Since(f.begin)
	close(f.stop)
	if err := <-f.done; err != nil {
		return 0, err
	}
	if n := f.refused.Load(); n > 0 {
		return 0, fmt.Errorf("flood: the kernel refused %d frames, took %d", n, f.sent.Load())
	}
	return float64(f.sent.Load()) / took.Seconds(), nil
}
