package vrrp

// Reason is why a transition or note happened.
type Reason uint8

// Reasons.
const (
	NoReason Reason = iota
	Started
	MasterDownTimer
	HigherPriority
	HigherAddress
	InterfaceDown
	InterfaceUp
	NoSourceAddress
	TrackerFailed
	TrackerRecovered
	SyncGroup
	Stopped
	Adopted
	AddressRemoved
	Misconfigured
	Owner
	OwnAddressReceived
	LowerPriority
	PeerPriorityZero
	DuplicateOwner
	IntervalDiffers
	// Removed: a reload no longer has it.
	Removed
	// TrackerPending: a tracker has no result yet.
	TrackerPending
	// PriorityChange: of this instance.
	PriorityChange
	// SwitchedAway: handed over by command.
	SwitchedAway
	// NoSuccessor: a switch ended because nobody was heard.
	NoSuccessor
	// NotMaster and NoPeer: why there can be no switch.
	NotMaster
	NoPeer
	// AdvertLate: a MASTER sent an advertisement an interval or more after its time.
	AdvertLate
	// HeldUp: so late that another router has taken over.
	HeldUp
)
