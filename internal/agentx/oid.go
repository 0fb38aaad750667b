package agentx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// OID is an object identifier.
type OID []uint32

// ParseOID reads an identifier in dotted form, such as "1.3.6.1" or ".1.3.6.1".
func ParseOID(s string) (OID, error) {
	var o OID
	for part := range strings.SplitSeq(strings.TrimPrefix(s, "."), ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("parse object identifier %q: %w", s, err)
		}
		o = append(o, uint32(n))
	}
	return o, nil
}

// String is the dotted form with the dot in front that net-snmp writes.
func (o OID) String() string {
	var b strings.Builder
	for _, n := range o {
		b.WriteByte('.')
		b.WriteString(strconv.FormatUint(uint64(n), 10))
	}
	return b.String()
}

// Append returns o with more behind it; o stays as it is.
func (o OID) Append(more ...uint32) OID { return append(slices.Clip(o), more...) }

// Compare orders identifiers as a walk does.
func (o OID) Compare(p OID) int { return slices.Compare(o, p) }

// HasPrefix tells whether o is p or lies below it.
func (o OID) HasPrefix(p OID) bool { return len(o) >= len(p) && slices.Equal(o[:len(p)], p) }
