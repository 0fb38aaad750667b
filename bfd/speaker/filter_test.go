package speaker

import (
	"encoding/binary"
	"testing"

	"golang.org/x/net/bpf"
)

// datagram is a UDP header, a control packet and the source address. The kernel has the IP header at
// negative offsets, which the virtual machine of the test does not know: the test has the filter look
// behind the packet instead.
func datagram(source string, yours uint32) []byte {
	b := make([]byte, 8+24)
	binary.BigEndian.PutUint32(b[yoursOffset:], yours)
	return append(b, addr(source).AsSlice()...)
}

func TestFilterTakesWhatNeighboursMaySend(t *testing.T) {
	four := []neighbour{{addr("192.0.2.1"), 7}, {addr("192.0.2.2"), 8}}
	six := []neighbour{{addr("2001:db8::1"), 7}, {addr("2001:db8::2"), 8}}
	tests := []struct {
		name       string
		neighbours []neighbour
		source     string
		yours      uint32
		want       bool
	}{
		{"the first", four, "192.0.2.1", 7, true},
		{"the second", four, "192.0.2.2", 8, true},
		{"one that does not know us yet", four, "192.0.2.2", 0, true},
		{"another's discriminator", four, "192.0.2.2", 7, false},
		{"a guess", four, "192.0.2.1", 9, false},
		{"a stranger", four, "192.0.2.3", 7, false},
		{"a stranger that knows nothing", four, "192.0.2.3", 0, false},
		{"IPv6, the first", six, "2001:db8::1", 7, true},
		{"IPv6, the second", six, "2001:db8::2", 8, true},
		{"IPv6, a stranger", six, "2001:db8::3", 8, false},
		{"IPv6, another network", six, "2001:db9::2", 8, false},
		{"nobody is wanted", nil, "192.0.2.1", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is6 := addr(tt.source).Is6()
			program := filter(tt.neighbours, is6)
			offset := uint32(sourceOffset4)
			if is6 {
				offset = sourceOffset6
			}
			for i, in := range program {
				if load, ok := in.(bpf.LoadAbsolute); ok && load.Off != yoursOffset {
					base := int32(networkHeader)
					load.Off = load.Off - uint32(base) - offset + 8 + 24
					program[i] = load
				}
			}
			vm, err := bpf.NewVM(program)
			if err != nil {
				t.Fatal(err)
			}
			n, err := vm.Run(datagram(tt.source, tt.yours))
			if err != nil || (n > 0) != tt.want {
				t.Errorf("takes %d octets (%v), want any: %v", n, err, tt.want)
			}
		})
	}
}

func TestFilterOfManyNeighboursIsOneThatTheKernelTakes(t *testing.T) {
	many := make([]neighbour, maxFiltered+1)
	for i := range many {
		many[i] = neighbour{addr("2001:db8::1"), uint32(i + 1)}
	}
	if n := len(filter(many[:maxFiltered], true)); n > 4096 {
		t.Errorf("%d instructions", n)
	}
	if program := filter(many, true); len(program) != 1 {
		t.Errorf("beyond the limit: %v", program)
	}
}
