package udp

import (
	"bytes"
	"testing"
)

func TestReplyIsComparedAsFarAsBothGo(t *testing.T) {
	wanted := func(octets, mask string) Wanted {
		return Wanted{Octets: []byte(octets), Mask: []byte(mask), MinLen: 2, MaxLen: 5}
	}
	cases := []struct {
		name   string
		wanted Wanted
		reply  string
		want   string
	}{
		{"the same", wanted("abc", ""), "abc", ""},
		{"longer", wanted("abc", ""), "abcde", ""},
		{"shorter", wanted("abc", ""), "ab", ""},
		{"too long", wanted("abc", ""), "abcdef", "reply of 6 bytes, not 2 to 5"},
		{"too short", wanted("abc", ""), "a", "reply of 1 bytes, not 2 to 5"},
		{"empty", wanted("abc", ""), "", "reply of 0 bytes, not 2 to 5"},
		{"different", wanted("abc", ""), "axc", "reply differs at byte 1: 0x78, not 0x62"},
		{"different where nothing counts", wanted("abc", "\xff\x00\xff"), "axc", ""},
		{"half an octet counts, the upper", wanted("abc", "\xff\xf0\xff"), "aoc", ""},
		{"and differs", wanted("abc", "\xff\xf0\xff"), "a\x7fc", "reply differs at byte 1: 0x7f, not 0x6X"},
		{"half an octet counts, the lower", wanted("abc", "\xff\x0f\xff"), "a\x02c", ""},
		{"and differs", wanted("abc", "\xff\x0f\xff"), "aac", "reply differs at byte 1: 0x61, not 0xX2"},
		{"anything, without octets", Wanted{MinLen: 5, MaxLen: 5}, "abcdefghi", ""},
		{"limits that exclude each other", Wanted{Octets: []byte("a"), MinLen: 5, MaxLen: 4}, "abcde", "reply of 5 bytes, not 5 to 4"},
	}
	for _, c := range cases {
		if got := c.wanted.judge([]byte(c.reply)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzReply: a reply is taken exactly if its length is within the limits and every bit that counts is
// the wanted one.
func FuzzReply(f *testing.F) {
	f.Add([]byte("abc"), []byte("\xff\xf0\x00"), []byte("aoz"), 2, 5)
	f.Add([]byte("abc"), []byte(nil), []byte("ab"), 0, 255)
	f.Add([]byte(nil), []byte(nil), []byte("anything"), 5, 5)
	f.Add([]byte("a"), []byte("\x0f"), []byte("q"), 1, 1)
	f.Fuzz(func(t *testing.T, octets, mask, reply []byte, least, most int) {
		w := Wanted{Octets: octets, Mask: mask, MinLen: least, MaxLen: most}
		n := min(len(octets), len(reply))
		got, want := bytes.Clone(reply[:n]), bytes.Clone(octets[:n])
		for i := range min(n, len(mask)) {
			got[i] &= mask[i]
			want[i] &= mask[i]
		}
		good := len(octets) == 0 || least <= len(reply) && len(reply) <= most && bytes.Equal(got, want)
		if wrong := w.judge(reply); (wrong == "") != good {
			t.Errorf("%q, good is %v", wrong, good)
		}
	})
}
