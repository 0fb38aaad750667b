package agentx

import "encoding/binary"

// encoder appends the elements of RFC 2741 section 5 in network byte order.
type encoder struct{ b []byte }

func (e *encoder) octets(v ...byte) { e.b = append(e.b, v...) }
func (e *encoder) short(n uint16)   { e.b = binary.BigEndian.AppendUint16(e.b, n) }
func (e *encoder) long(n uint32)    { e.b = binary.BigEndian.AppendUint32(e.b, n) }

// oid is an identifier; those below 1.3.6.1 are shortened.
func (e *encoder) oid(o OID, include bool) {
	prefix := byte(0)
	if len(o) >= 5 && o[0] == 1 && o[1] == 3 && o[2] == 6 && o[3] == 1 && 0 < o[4] && o[4] <= 255 {
		prefix, o = byte(o[4]), o[5:]
	}
	flag := byte(0)
	if include {
		flag = 1
	}
	e.octets(byte(len(o)), prefix, flag, 0)
	for _, n := range o {
		e.long(n)
	}
}

func (e *encoder) text(b []byte) {
	e.long(uint32(len(b)))
	e.b = append(e.b, b...)
	for len(e.b)%4 != 0 {
		e.b = append(e.b, 0)
	}
}

func (e *encoder) bind(v VarBind) {
	e.short(uint16(v.Value.Type))
	e.short(0)
	e.oid(v.Name, false)
	switch v.Value.Type {
	case Integer, Counter32, Gauge32, TimeTicks:
		e.long(uint32(v.Value.Number))
	case Counter64:
		e.b = binary.BigEndian.AppendUint64(e.b, v.Value.Number)
	case OctetString, IPAddress, Opaque:
		e.text(v.Value.Octets)
	case ObjectID:
		e.oid(v.Value.OID, false)
	}
}

// pdu puts the header before a payload.
func pdu(h header, payload []byte) []byte {
	e := encoder{b: make([]byte, 0, headerSize+len(payload))}
	e.octets(1, byte(h.kind), flagNetworkOrder, 0)
	e.long(h.session)
	e.long(h.transaction)
	e.long(h.packet)
	e.long(uint32(len(payload)))
	return append(e.b, payload...)
}

// response is the payload of a Response.
func response(err Error, index int, binds []VarBind) []byte {
	var e encoder
	e.long(0) // sysUpTime: only the master's counts
	e.short(uint16(err))
	e.short(uint16(index))
	for _, v := range binds {
		e.bind(v)
	}
	return e.b
}
