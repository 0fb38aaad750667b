package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Ask sends one request to the daemon at path and returns its reply. limit bounds the whole.
func Ask(path string, r Request, limit time.Duration) (Reply, error) {
	c, err := net.DialTimeout("unix", path, limit)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, unix.ECONNREFUSED):
		return Reply{}, fmt.Errorf("no daemon answers at %s: is holdfast running? (%w)", path, err)
	case errors.Is(err, os.ErrPermission):
		return Reply{}, fmt.Errorf("the control socket is root's: run this as root (%w)", err)
	case err != nil:
		return Reply{}, fmt.Errorf("connect to daemon: %w", err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(limit)); err != nil {
		return Reply{}, fmt.Errorf("ask daemon: %w", err)
	}
	sent := json.NewEncoder(c).Encode(r)
	// A daemon that refuses says why without having read the request: to send that may fail then.
	var reply Reply
	err = json.NewDecoder(c).Decode(&reply)
	switch {
	case err != nil && sent != nil:
		return Reply{}, fmt.Errorf("ask daemon: %w", sent)
	case err != nil:
		return Reply{}, fmt.Errorf("read the daemon's reply: %w", err)
	}
	if reply.Error != "" {
		return reply, errors.New(reply.Error)
	}
	return reply, nil
}
