package bfd

import "fmt"

// State is that of a session, with its number on the wire (RFC 5880 section 4.1).
type State uint8

// States.
const (
	AdminDown State = iota
	Down
	Init
	Up
)

var stateNames = [...]string{"AdminDown", "Down", "Init", "Up"}

// String is what keepalived calls the state.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", s)
}

// Diag is a diagnostic code: why a session left Up, with its number on the wire (RFC 5880 section
// 4.1).
type Diag uint8

// Diagnostic codes that the core gives itself.
const (
	NoDiag             Diag = 0
	DetectionExpired   Diag = 1
	NeighbourDown      Diag = 3
	AdministrativeDown Diag = 7
)

var diagNames = [...]string{
	"No Diagnostic", "Control Detection Time Expired", "Echo Function Failed", "Neighbor Signaled Session Down",
	"Forwarding Plane Reset", "Path Down", "Concatenated Path Down", "Administratively Down", "Reverse Concatenated Path Down",
}

// String is the name that RFC 5880 gives it.
func (d Diag) String() string {
	if int(d) < len(diagNames) {
		return diagNames[d]
	}
	return fmt.Sprintf("diagnostic %d", d)
}
