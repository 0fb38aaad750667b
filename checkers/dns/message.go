package dns

import (
	"fmt"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// Types that package dnsmessage does not name (RFC 4034).
const (
	typeRRSIG  dnsmessage.Type = 46
	typeDNSKEY dnsmessage.Type = 48
)

// types are what DNS_CHECK can ask for.
var types = map[string]dnsmessage.Type{
	"A": dnsmessage.TypeA, "NS": dnsmessage.TypeNS, "CNAME": dnsmessage.TypeCNAME, "SOA": dnsmessage.TypeSOA,
	"MX": dnsmessage.TypeMX, "TXT": dnsmessage.TypeTXT, "AAAA": dnsmessage.TypeAAAA, "RRSIG": typeRRSIG, "DNSKEY": typeDNSKEY,
}

// question is a query for the records of a name (RFC 1035, 4.1), with recursion desired. An empty name
// is the root.
func question(id uint16, kind, name string) ([]byte, error) {
	t, ok := types[kind]
	if !ok {
		return nil, fmt.Errorf("there is no type %q", kind)
	}
	n, err := dnsmessage.NewName(strings.TrimSuffix(name, ".") + ".")
	if err != nil {
		return nil, fmt.Errorf("ask for %q: %w", name, err)
	}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: n, Type: t, Class: dnsmessage.ClassINET}},
	}
	packed, err := m.Pack()
	if err != nil {
		return nil, fmt.Errorf("ask for %q: %w", name, err)
	}
	return packed, nil
}

// verdict is what a datagram means.
type verdict struct {
	answer bool // it is the answer: the check is over
	ok     bool
	detail string // what is wrong with it
}

// judge looks at a datagram that came after the question with that id. The header decides.
func judge(id uint16, data []byte) verdict {
	var p dnsmessage.Parser
	h, err := p.Start(data)
	switch {
	case err != nil:
		return verdict{answer: true, detail: fmt.Sprintf("answer of %d bytes is no DNS message", len(data))}
	case h.ID != id:
		return verdict{detail: fmt.Sprintf("answer has the id %#04x, not %#04x", h.ID, id)}
	case !h.Response:
		return verdict{detail: "answer is a question"}
	case h.RCode != dnsmessage.RCodeSuccess:
		return verdict{answer: true, detail: "answer has rcode " + rcode(h.RCode)}
	}
	return verdict{answer: true, ok: true}
}

// rcode is a response code by its name in the field (RFC 1035, 4.1.1; RFC 2136).
func rcode(c dnsmessage.RCode) string {
	names := [...]string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"}
	if int(c) < len(names) {
		return fmt.Sprintf("%d (%s)", c, names[c])
	}
	return fmt.Sprint(uint16(c))
}
