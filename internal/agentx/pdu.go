package agentx

import "fmt"

// kind is the type of a PDU (RFC 2741 section 6.1).
type kind uint8

const (
	kindOpen       kind = 1
	kindClose      kind = 2
	kindRegister   kind = 3
	kindUnregister kind = 4
	kindGet        kind = 5
	kindGetNext    kind = 6
	kindGetBulk    kind = 7
	kindTestSet    kind = 8
	kindCommitSet  kind = 9
	kindUndoSet    kind = 10
	kindCleanupSet kind = 11
	kindNotify     kind = 12
	kindPing       kind = 13
	kindAddCaps    kind = 16
	kindResponse   kind = 18
)

// Bits of the flags.
const (
	flagContext      = 0x08 // a context stands before the rest
	flagNetworkOrder = 0x10
)

// Sizes in octets.
const (
	headerSize = 20
	// maxPayload bounds what is read: requests are of the size of SNMP messages.
	maxPayload = 1 << 20
)

// header stands before every PDU.
type header struct {
	kind                         kind
	flags                        uint8
	session, transaction, packet uint32
	size                         uint32
}

// Error is an error status of a response: those of SNMPv2 (RFC 3416) and of AgentX.
type Error uint16

// Errors.
const (
	NoError             Error = 0
	GenErr              Error = 5
	NoAccess            Error = 6
	WrongType           Error = 7
	WrongLength         Error = 8
	WrongValue          Error = 10
	ResourceUnavailable Error = 13
	CommitFailed        Error = 14
	NotWritable         Error = 17
	ParseFailed         Error = 266
	ProcessingError     Error = 268
)

// Error implements error.
func (e Error) Error() string {
	return fmt.Sprintf("the master agent answers with error %d", uint16(e))
}

// searchRange is what a get asks for: From itself, or the first one behind it (with include it may be
// From), before To where that is given.
type searchRange struct {
	from    OID
	include bool
	to      OID
}

// request is what a master asks.
type request struct {
	header
	ranges       []searchRange
	nonRepeaters int
	repetitions  int
	binds        []VarBind // of a TestSet
	reason       uint8     // of a Close
	err          Error     // of a Response
}
