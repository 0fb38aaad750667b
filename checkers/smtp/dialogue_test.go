package smtp

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// play feeds pieces and writes what happens: what is sent, and how it ends.
func play(pieces ...string) string {
	d := newDialogue("me.example")
	var said strings.Builder
	for _, p := range pieces {
		send, done, err := d.feed([]byte(p))
		said.WriteString(send)
		switch {
		case err != nil:
			return said.String() + "failed: " + err.Error()
		case done:
			return said.String() + "passed"
		}
	}
	return said.String() + "waits for " + d.what()
}

const whole = "HELO me.example\r\nQUIT\r\npassed"

func TestDialogueIsThatOfAMailServer(t *testing.T) {
	cases := []struct {
		name   string
		pieces []string
		want   string
	}{
		{"a mail server", []string{"220 mx ESMTP\r\n", "250 mx\r\n", "221 bye\r\n"}, whole},
		{"replies of several lines", []string{"220-mx\r\n220 ESMTP\r\n", "250-mx\r\n250-SIZE\r\n250 OK\r\n", "221 bye\r\n"}, whole},
		{"codes alone", []string{"220\n", "250\n", "221\n"}, whole},
		{"in pieces", []string{"22", "0 m", "x\r", "\n", "250 mx\r\n", "2", "21 bye\r\n"}, whole},
		{"all at once", []string{"220 mx\r\n250 mx\r\n221 bye\r\n250 more"}, whole},
		{"whatever the reply to QUIT is", []string{"220 mx\r\n", "250 mx\r\n", "500 what?\r\n"}, whole},
		{"no mail here", []string{"554 no service\r\n"}, `failed: greeting is "554 no service", not 220`},
		{"not now", []string{"421-later\r\n421 later\r\n"}, `failed: greeting is "421 later", not 220`},
		{"another protocol", []string{"SSH-2.0-OpenSSH\r\n"}, `failed: greeting is "SSH-2.0-OpenSSH", not 220`},
		{"HELO is refused", []string{"220 mx\r\n", "550 who?\r\n"}, "HELO me.example\r\n" + `failed: reply to HELO is "550 who?", not 250`},
		{"an empty line", []string{"\r\n"}, `failed: greeting is "", not 220`},
		{"control characters are shown as such", []string{"\x00\x1b[1m\n"}, `failed: greeting is "\x00\x1b[1m", not 220`},
		{"a long line is cut", []string{strings.Repeat("x", 100) + "\n"}, `failed: greeting is "` + strings.Repeat("x", 80) + `"..., not 220`},
		{"half a line", []string{"220 mx"}, "waits for greeting"},
		{"a greeting without end", []string{strings.Repeat("220-more\r\n", 1000)}, "failed: greeting is longer than 4096 bytes"},
		{"a line without end", []string{strings.Repeat("2", 5000)}, "failed: greeting is longer than 4096 bytes"},
		{"QUIT is not answered", []string{"220 mx\r\n", "250 mx\r\n"}, "HELO me.example\r\nQUIT\r\nwaits for reply to QUIT"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, play(c.pieces...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// FuzzDialogue: however the bytes are cut the outcome is the same, little is held, and no more than the
// two commands are sent.
func FuzzDialogue(f *testing.F) {
	f.Add([]byte("220 mx\r\n250 mx\r\n221 bye\r\n"), uint(3))
	f.Add([]byte("220-mx\r\n220 ESMTP\r\n250-a\r\n250 b\r\n221 bye\r\n"), uint(9))
	f.Add([]byte("554 no\r\n"), uint(0))
	f.Add([]byte("220 \x00\xff\n250"), uint(7))
	f.Fuzz(func(t *testing.T, data []byte, cut uint) {
		at := int(cut % uint(len(data)+1))
		once, twice := play(string(data)), play(string(data[:at]), string(data[at:]))
		if once != twice {
			t.Errorf("in one piece: %q\nin two: %q", once, twice)
		}
		if strings.Count(once, "HELO me.example\r\n") > 1 || strings.Count(once, "QUIT\r\n") > 1 {
			t.Errorf("sends more than its two commands: %q", once)
		}
		d := newDialogue("me")
		_, _, _ = d.feed(data)
		if cap(d.held) > 2*maxReply {
			t.Errorf("holds %d bytes", cap(d.held))
		}
	})
}
