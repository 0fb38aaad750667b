package ipc

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"strconv"
)

// Kind says what a frame is about.
type Kind uint32

// Kinds of frames, with their bodies.
const (
	// Configure (parent to child; the child's own type): the first configuration or a new one. With the first
	// come descriptors: the pid file, locked, and what the role needs besides.
	Configure Kind = iota + 1
	// Configured (child to parent; Outcome): the configuration with that number is in force.
	Configured
	// Stop (parent to child; StopOrder): end.
	Stop
	// StatusRequest (parent to child; uint64, a number) asks for a StatusReply.
	StatusRequest
	// StatusReply (child to parent; the child's own type).
	StatusReply
	// Peer (parent to child; no body, one descriptor): the socket to the other child. It replaces
	// an earlier one.
	Peer
	// Changes (child to parent; the child's own type): a transition.
	Changes
	// Masters (vrrp to lvs; MasterSet).
	Masters
	// Ack (lvs to vrrp; uint64): the kernel agrees with the MasterSet of that number.
	Ack
	// Tracked (parent to vrrp; the child's own type): what trackers amount to now.
	Tracked
	// Handover (parent to vrrp; the child's own type) asks for a HandoverReply (vrrp to parent; the
	// child's own type), which comes when the handover is over.
	Handover
	HandoverReply
	// Sessions (parent to lvs; the child's own type): the state of BFD sessions.
	Sessions
	// Order (parent to lvs; the child's own type) asks for an OrderReply (lvs to parent; the child's own
	// type).
	Order
	OrderReply
	// Waiting (child to parent; no body): the process is there and waits for its first configuration.
	Waiting
)

var kindNames = [...]string{"", "Configure", "Configured", "Stop", "StatusRequest", "StatusReply", "Peer", "Changes", "Masters", "Ack", "Tracked", "Handover", "HandoverReply", "Sessions", "Order", "OrderReply", "Waiting"}

func (k Kind) String() string {
	if k > 0 && int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// Outcome tells how a configuration was taken.
type Outcome struct {
	Number uint64
	Error  string // empty: in force
}

// StopOrder ends a child.
type StopOrder struct {
	Planned bool // hand over before going
}

// MasterSet is the whole set of MASTER instances and sync groups.
type MasterSet struct {
	Number            uint64
	Instances, Groups []string
}

func encode(body any) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(body); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Decode fills the value that into points to with the frame's body.
func (f Frame) Decode(into any) error {
	if err := gob.NewDecoder(bytes.NewReader(f.Body)).Decode(into); err != nil {
		return fmt.Errorf("decode %s: %w", f.Kind, err)
	}
	return nil
}
