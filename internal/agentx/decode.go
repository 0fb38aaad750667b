package agentx

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var errShort = errors.New("it ends too early")

// maxSubids is the greatest length of an identifier (RFC 2741 section 5.1).
const maxSubids = 128

// decoder takes elements off the front. After the first error all that it returns is empty.
type decoder struct {
	b     []byte
	order binary.ByteOrder
	err   error
}

func (d *decoder) take(n int) []byte {
	if d.err != nil || n > len(d.b) {
		if d.err == nil {
			d.err = errShort
		}
		return make([]byte, min(n, 8))
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) short() uint16 { return d.order.Uint16(d.take(2)) }
func (d *decoder) long() uint32  { return d.order.Uint32(d.take(4)) }

func (d *decoder) oid() (o OID, include bool) {
	head := d.take(4)
	n, prefix := int(head[0]), head[1]
	if n > maxSubids {
		d.err = fmt.Errorf("an object identifier of %d parts", n)
		return nil, false
	}
	if prefix != 0 {
		o = append(o, 1, 3, 6, 1, uint32(prefix))
	}
	for range n {
		if d.err != nil {
			return nil, false
		}
		o = append(o, d.long())
	}
	return o, head[2] != 0
}

func (d *decoder) text() []byte {
	n := d.long()
	if uint64(n) > uint64(len(d.b)) {
		d.err = errors.Join(d.err, errShort)
		return nil
	}
	v := d.take(int(n))
	if rest := (4 - n%4) % 4; int(rest) <= len(d.b) {
		d.take(int(rest))
	}
	return v
}

func (d *decoder) bind() (v VarBind) {
	v.Value.Type = Type(d.short())
	d.short()
	v.Name, _ = d.oid()
	switch v.Value.Type {
	case Integer, Counter32, Gauge32, TimeTicks:
		v.Value.Number = uint64(d.long())
	case Counter64:
		v.Value.Number = d.order.Uint64(d.take(8))
	case OctetString, IPAddress, Opaque:
		v.Value.Octets = d.text()
	case ObjectID:
		v.Value.OID, _ = d.oid()
	case Null, NoSuchObject, NoSuchInstance, EndOfMIBView:
	default:
		d.err = errors.Join(d.err, fmt.Errorf("a value of type %d", v.Value.Type))
	}
	return v
}

// parseHeader reads the 20 octets before a PDU.
func parseHeader(b []byte) (header, error) {
	if len(b) < headerSize {
		return header{}, errShort
	}
	d := decoder{b: b[4:], order: orderOf(b[2])}
	h := header{kind: kind(b[1]), flags: b[2], session: d.long(), transaction: d.long(), packet: d.long(), size: d.long()}
	switch {
	case b[0] != 1:
		return h, fmt.Errorf("protocol version %d", b[0])
	case h.size%4 != 0 || h.size > maxPayload:
		return h, fmt.Errorf("a payload of %d octets", h.size)
	}
	return h, nil
}

func orderOf(flags uint8) binary.ByteOrder {
	if flags&flagNetworkOrder != 0 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// parse reads the payload behind a header.
func parse(h header, payload []byte) (request, error) {
	r := request{header: h}
	d := decoder{b: payload, order: orderOf(h.flags)}
	if h.flags&flagContext != 0 {
		d.text()
	}
	switch h.kind {
	case kindGet, kindGetNext, kindGetBulk:
		if h.kind == kindGetBulk {
			r.nonRepeaters, r.repetitions = int(d.short()), int(d.short())
		}
		for len(d.b) > 0 && d.err == nil {
			var s searchRange
			s.from, s.include = d.oid()
			s.to, _ = d.oid()
			r.ranges = append(r.ranges, s)
		}
	case kindTestSet:
		for len(d.b) > 0 && d.err == nil {
			r.binds = append(r.binds, d.bind())
		}
	case kindClose:
		r.reason = d.take(4)[0]
	case kindResponse:
		d.long()
		r.err = Error(d.short())
	}
	if d.err != nil {
		return r, fmt.Errorf("parse a PDU of kind %d: %w", h.kind, d.err)
	}
	return r, nil
}
