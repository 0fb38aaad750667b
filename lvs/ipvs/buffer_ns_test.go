package ipvs

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

func TestNSRequestsHaveTheBufferThatIsAskedFor(t *testing.T) {
	vlan.New(t).Host("192.0.2.1/24").Do(func() {
		for _, tt := range []struct {
			size  int
			force bool
			want  int
		}{
			{0, false, bufferSize},
			{20_000, true, bufferSize},           // the answers of a batch have to fit
			{100 << 20, true, 100 << 20},         //
			{1<<30 - 1, false, 0 /* rmem_max */}, // at least what there was
		} {
			s, err := openSocket()
			if err != nil {
				t.Error(err)
				return
			}
			s.enlarge(tt.size, tt.force)
			n, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
			if err != nil || tt.want > 0 && n != 2*tt.want || n < 2*bufferSize {
				t.Errorf("%d, force %v: %d octets, want 2*%d; %v", tt.size, tt.force, n, tt.want, err)
			}
			s.close()
		}
	})
}
