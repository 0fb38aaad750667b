package dns

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

const id = 0x1234

// answer is a message with a header and the question for the root's SOA.
func answer(h dnsmessage.Header) []byte {
	m := dnsmessage.Message{Header: h, Questions: []dnsmessage.Question{
		{Name: dnsmessage.MustNewName("."), Type: dnsmessage.TypeSOA, Class: dnsmessage.ClassINET},
	}}
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

func TestHeaderDecides(t *testing.T) {
	good := answer(dnsmessage.Header{ID: id, Response: true})
	cases := []struct {
		name string
		data []byte
		want verdict
	}{
		{"an answer, empty", good, verdict{answer: true, ok: true}},
		{"cut short", answer(dnsmessage.Header{ID: id, Response: true, Truncated: true}), verdict{answer: true, ok: true}},
		{"a header and nothing else", good[:12], verdict{answer: true, ok: true}},
		{"counts that lie", append(append([]byte{}, good[:6]...), "\xff\xff\xff\xff\xff\xff"...), verdict{answer: true, ok: true}},
		{"no such name", answer(dnsmessage.Header{ID: id, Response: true, RCode: dnsmessage.RCodeNameError}), verdict{answer: true, detail: "answer has rcode 3 (NXDOMAIN)"}},
		{"server failure", answer(dnsmessage.Header{ID: id, Response: true, RCode: dnsmessage.RCodeServerFailure}), verdict{answer: true, detail: "answer has rcode 2 (SERVFAIL)"}},
		{"refused", answer(dnsmessage.Header{ID: id, Response: true, RCode: dnsmessage.RCodeRefused}), verdict{answer: true, detail: "answer has rcode 5 (REFUSED)"}},
		{"a code without a name", answer(dnsmessage.Header{ID: id, Response: true, RCode: 12}), verdict{answer: true, detail: "answer has rcode 12"}},
		{"of another question", answer(dnsmessage.Header{ID: 7, Response: true}), verdict{detail: "answer has the id 0x0007, not 0x1234"}},
		{"the question itself", answer(dnsmessage.Header{ID: id}), verdict{detail: "answer is a question"}},
		{"too short", good[:11], verdict{answer: true, detail: "answer of 11 bytes is no DNS message"}},
		{"nothing", nil, verdict{answer: true, detail: "answer of 0 bytes is no DNS message"}},
	}
	for _, c := range cases {
		if got := judge(id, c.data); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// The bytes are those that keepalived sends.
func TestQuestionsAreKeepalivedsOwn(t *testing.T) {
	header := "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
	cases := []struct{ kind, name, want string }{
		{"SOA", "", "\x00\x00\x06\x00\x01"},
		{"SOA", ".", "\x00\x00\x06\x00\x01"},
		{"A", "www.example.com", "\x03www\x07example\x03com\x00\x00\x01\x00\x01"},
		{"A", "www.example.com.", "\x03www\x07example\x03com\x00\x00\x01\x00\x01"},
		{"NS", "a", "\x01a\x00\x00\x02\x00\x01"},
		{"CNAME", "a", "\x01a\x00\x00\x05\x00\x01"},
		{"MX", "a", "\x01a\x00\x00\x0f\x00\x01"},
		{"TXT", "a", "\x01a\x00\x00\x10\x00\x01"},
		{"AAAA", "a", "\x01a\x00\x00\x1c\x00\x01"},
		{"RRSIG", "a", "\x01a\x00\x00\x2e\x00\x01"},
		{"DNSKEY", "a", "\x01a\x00\x00\x30\x00\x01"},
	}
	for _, c := range cases {
		got, err := question(id, c.kind, c.name)
		if want := header + c.want; err != nil || string(got) != want {
			t.Errorf("%s %q: %x, %v, want %x", c.kind, c.name, got, err, want)
		}
	}
}

func TestQuestionsThatCannotBeAsked(t *testing.T) {
	for _, c := range []struct{ kind, name string }{
		{"HINFO", "a"}, {"A", strings.Repeat("x", 64)}, {"A", strings.Repeat("a.", 130)}, {"A", "a..b"},
	} {
		if got, err := question(id, c.kind, c.name); err == nil {
			t.Errorf("%s %q: %x", c.kind, c.name, got)
		}
	}
}

// FuzzAnswer: no datagram is taken for an answer that does not carry the id and the sign of one, and
// what counts as a success has no error code.
func FuzzAnswer(f *testing.F) {
	f.Add(answer(dnsmessage.Header{ID: id, Response: true}))
	f.Add(answer(dnsmessage.Header{ID: id, Response: true, RCode: dnsmessage.RCodeNameError}))
	f.Add(answer(dnsmessage.Header{ID: 1, Response: true, Truncated: true}))
	f.Add([]byte("\x12\x34\x80"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v := judge(id, data)
		if v.ok != (v.detail == "") || v.ok && !v.answer {
			t.Errorf("%+v", v)
		}
		if v.ok && (len(data) < 12 || !bytes.HasPrefix(data, []byte{0x12, 0x34}) || data[2]&0x80 == 0 || data[3]&0xf != 0) {
			t.Errorf("%x is a success", data)
		}
	})
}
