package parser

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"strings"
)

// Digest identifies what a configuration says: two files of equal digests give the same statements
// in the same order, wherever these stand. The blanks between words count only where a quoted string
// may hold them.
func Digest(name string, opts Options) (sum [sha256.Size]byte, problems []Problem) {
	return DigestEach(name, opts, func(*Statement) {})
}

// DigestEach is Digest and Parse in one.
func DigestEach(name string, opts Options, each func(*Statement)) (sum [sha256.Size]byte, problems []Problem) {
	d := digest{sha256.New()}
	problems = Parse(name, opts, func(s *Statement) {
		d.statement(s)
		each(s)
	})
	d.Sum(sum[:0])
	return sum, problems
}

// digest writes statements in a form in which different ones differ.
type digest struct{ hash.Hash }

func (d digest) text(s string) {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
	d.Write(n[:])
	d.Write([]byte(s))
}

func (d digest) flags(flags ...bool) {
	for _, f := range flags {
		b := []byte{0}
		if f {
			b[0] = 1
		}
		d.Write(b)
	}
}

func (d digest) statement(s *Statement) {
	exact := s.OddQuote || strings.ContainsAny(s.Text, `\'`)
	d.flags(true, s.HasBlock, s.StrayClose, s.OddQuote, s.Close.Line != 0, exact)
	if exact {
		d.text(s.Text)
	}
	for _, w := range s.Words {
		d.flags(true, w.Quoted)
		d.text(w.Text)
	}
	d.flags(false)
	for i := range s.Block {
		d.statement(&s.Block[i])
	}
	d.flags(false)
}
