package daemon

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"go.uber.org/zap"
)

// notifySystemd sends a state to the service manager (sd_notify(3)); without one it does nothing.
func (p *parent) notifySystemd(state string) {
	if err := sdNotify(os.Getenv("NOTIFY_SOCKET"), state); err != nil {
		p.log.Warn("the service manager is not told", zap.Error(err))
	}
}

func sdNotify(socket, state string) error {
	if socket == "" {
		return nil
	}
	if strings.HasPrefix(socket, "@") {
		socket = "\x00" + socket[1:] // the abstract namespace
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("connect to service manager: %w", err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(state)); err != nil {
		return fmt.Errorf("tell service manager: %w", err)
	}
	return nil
}

// statusLine is the STATUS= of systemctl status: how many instances are in which state.
func (p *parent) statusLine() string {
	counts := map[string]int{}
	for _, state := range p.states {
		counts[state]++
	}
	var parts []string
	for state, n := range counts {
		parts = append(parts, fmt.Sprintf("%d %s", n, state))
	}
	slices.Sort(parts)
	if parts == nil {
		return fmt.Sprintf("STATUS=%d VRRP instances, %d virtual servers", len(p.config.Instances), len(p.config.VirtualServers))
	}
	return fmt.Sprintf("STATUS=VRRP: %s; %d virtual servers", strings.Join(parts, ", "), len(p.config.VirtualServers))
}
