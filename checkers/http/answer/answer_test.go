package answer_test

import (
	"net/netip"
	"testing"

	"github.com/holdfast-ha/holdfast/checkers/http/answer"
)

func TestHostHeader(t *testing.T) {
	tests := []struct{ target, first, second, want string }{
		{"192.0.2.1:80", "", "", "192.0.2.1:80"},
		{"[2001:db8::1]:8080", "", "", "[2001:db8::1]:8080"},
		{"[fe80::1%eth0]:80", "", "", "[fe80::1]:80"},
		{"[::ffff:192.0.2.1]:80", "", "", "192.0.2.1:80"},
		{"192.0.2.1:80", "", "www", "www"},
		{"192.0.2.1:80", "www:81", "x", "www:81"},
	}
	for _, tt := range tests {
		if got := answer.Host(netip.MustParseAddrPort(tt.target), tt.first, tt.second); got != tt.want {
			t.Errorf("%s %q %q: %q, want %q", tt.target, tt.first, tt.second, got, tt.want)
		}
	}
}

// answers are texts with what is found out of them.
var answers = []struct {
	text             string
	head             bool
	status           int
	length, received int64
	complete         bool
}{
	{"", false, 0, -1, 0, false},
	{"HTTP/1.1 200 OK\r\n", false, 0, -1, 0, false},
	{"HTTP/1.1 200 OK\r\n\r\n", true, 200, -1, 0, false},
	{"HTTP/1.1 200 OK\r\n\r\nabc", true, 200, -1, 3, false},
	{"HTTP/1.1 200\r\n\r\n", true, 200, -1, 0, false},
	{"HTTP/1.1 404 \r\n\r\n", true, 404, -1, 0, false},
	{"HTTP/1.1 2000 OK\r\n\r\n", true, 0, -1, 0, false},
	{"HTTP/1.1 -20 OK\r\n\r\n", true, 0, -1, 0, false},
	{"HTTP/1.1\r\n\r\n", true, 0, -1, 0, false},
	{"ICY 200 OK\r\n\r\n", true, 200, -1, 0, false},
	{"HTTP/1.1 200 OK\n\nabc", true, 200, -1, 3, false},
	{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", true, 200, 2, 2, true},
	{"HTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\nabc", true, 200, 2, 2, true},
	{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", true, 200, 3, 2, false},
	{"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nab", true, 200, -1, 2, false},
	{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true, 200, 0, 0, true},
	{"HTTP/1.1 200 OK\r\nX-Content-Length: 1\r\n\r\nab", true, 200, -1, 2, false},
	{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", true, 200, -1, 12, false},
}

func TestAnswerIsTakenInWhereverItIsCut(t *testing.T) {
	for _, tt := range answers {
		for size := 1; size <= len(tt.text)+1; size++ {
			a := answer.New(&answer.Want{Digest: "x"})
			for rest := []byte(tt.text); len(rest) > 0; {
				n := min(size, len(rest))
				if _, err := a.Write(rest[:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if a.Head != tt.head || a.Status != tt.status || a.Length != tt.length || a.Received != tt.received || a.Complete() != tt.complete {
				t.Errorf("%q in pieces of %d: %+v", tt.text, size, a)
				break
			}
		}
	}
}

// FuzzAnswer: an answer is the same whole and in two pieces, and is judged the same.
func FuzzAnswer(f *testing.F) {
	for _, tt := range answers {
		f.Add([]byte(tt.text), 7)
	}
	regex, err := answer.CompileRegex("[^a]b", answer.RegexOptions{Min: 1})
	if err != nil {
		f.Fatal(err)
	}
	want := &answer.Want{Digest: "900150983cd24fb0d6963f7d28e17f72", Regex: regex}
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		whole, cutOff := answer.New(want), answer.New(want)
		cut = min(max(cut, 0), len(text))
		_, err := whole.Write(text)
		_, err1 := cutOff.Write(text[:cut])
		if err1 == nil {
			_, err1 = cutOff.Write(text[cut:])
		}
		if (err == nil) != (err1 == nil) {
			t.Fatalf("%v and %v", err, err1)
		}
		if a, b := whole.Judge(want), cutOff.Judge(want); err == nil && (a != b || whole.HeadText() != cutOff.HeadText()) {
			t.Errorf("%q and %q", a, b)
		}
	})
}
