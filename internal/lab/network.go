package lab

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
)

// Network is a set of hosts and the switches between them. Close it: it leaves nothing behind.
type Network struct {
	// Log gets what the processes of the hosts say, each line with its host's name, when not nil.
	Log io.Writer

	prefix   string // of the hosts' names under /run/netns
	mu       sync.Mutex
	frame    *Host // the namespace of all switches
	hosts    []*Host
	switches []string
}

// switchRoom is the name of the namespace where the switches stand.
const switchRoom = "switches"

// made counts the networks of this process: the hosts of the first one are found by their plain
// names under /run/netns, those of further ones have the network's number before them.
var made atomic.Int64

// New makes an empty network.
func New() (*Network, error) {
	n := &Network{}
	if number := made.Add(1); number > 1 {
		n.prefix = fmt.Sprintf("%d.", number)
	}
	frame, err := newHost(n, switchRoom)
	if err != nil {
		return nil, err
	}
	n.frame = frame
	return n, nil
}

// Close kills every process of the network and removes its hosts, links and switches.
func (n *Network) Close() {
	n.mu.Lock()
	hosts := n.hosts
	n.hosts = nil
	n.mu.Unlock()
	for _, h := range hosts {
		h.close()
	}
	n.frame.close()
}

// Host adds a host without links. Its name has 12 characters at most.
func (n *Network) Host(name string) (*Host, error) {
	if len(name) > 12 {
		return nil, fmt.Errorf("make host %s: the name is too long for an interface", name)
	}
	h, err := newHost(n, name)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts = append(n.hosts, h)
	return h, nil
}

// Switch is a bridge: it forwards as a plain switch does, learns addresses and floods multicast.
type Switch struct {
	Name    string
	network *Network
}

// Switch adds a switch.
func (n *Network) Switch(name string) (*Switch, error) {
	err := n.frame.IP(
		"link add " + name + " type bridge mcast_snooping 0 stp_state 0 forward_delay 0\n" +
			"link set " + name + " up")
	if err != nil {
		return nil, fmt.Errorf("make switch %s: %w", name, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.switches = append(n.switches, name)
	return &Switch{Name: name, network: n}, nil
}

func (n *Network) isSwitch(name string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Contains(n.switches, name)
}
