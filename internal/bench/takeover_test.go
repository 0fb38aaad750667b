package bench

import (
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// frame is an Ethernet frame of a host; data is what follows the addresses.
func frame(port string, at time.Time, data ...byte) lab.Frame {
	return lab.Frame{At: at, Port: port, Data: append(make([]byte, 12), data...)}
}

func TestSuccessorIsTimedFromItsOwnFirstAdvertisement(t *testing.T) {
	begin := time.Unix(1000, 0)
	at := func(ms int) time.Time { return begin.Add(time.Duration(ms) * time.Millisecond) }
	advert := append([]byte{8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 255, 112, 0, 0, 10, 1, 0, 2, 224, 0, 0, 18}, 0x31, 1, 100, 1, 0, 100, 0, 0)
	announcement := []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 2, 2, 2, 2, 2, 10, 9, 0, 1, 255, 255, 255, 255, 255, 255, 10, 9, 0, 1}
	frames := []lab.Frame{
		frame("one", at(-900), advert...), frame("one", at(-800), announcement...),
		frame("two", at(0), advert...), frame("two", at(120), announcement...), frame("two", at(1000), advert...),
	}
	writes := []lab.KernelWrite{
		{At: at(20), What: "new IPVS service"}, {At: at(30), What: "new IPVS destination"},
		{At: at(90), What: "new IPVS destination"}, {At: at(110), What: "new address"},
	}
	found, err := successor("two", frames, writes)
	if err != nil {
		t.Fatal(err)
	}
	if found.Seconds != 0.09 || found.Announced != 0.12 || found.Writes != 2 {
		t.Errorf("%+v, want the last entry after 0.09 s and the announcement after 0.12 s", found)
	}
	if _, err := successor("two", frames[:2], nil); err == nil {
		t.Error("a takeover that did not happen has a time")
	}
}
