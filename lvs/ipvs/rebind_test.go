package ipvs

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/lvs"
)

// As Linux 6.1 prints them.
const connections = `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Origin Expires
TCP 0A0A0A64 CE3C 0A0A0A16 0050 0A0A0A20 0050 ESTABLISHED SYNC       899
TCP 0A0A0A64 CE60 0A0A0A16 0050 0A0A0A20 0050 FIN_WAIT    LOCAL      111
TCP 0A0A0A64 0000 0A0A0A16 0050 0A0A0A20 0050 ASSURED     SYNC       299
IP  0A0A0A64 0000 00000004 0000 0A0A0A20 0000 NONE        SYNC        12
UDP fd00:0010:0000:0000:0000:0000:0000:0064 8235 fd00:0010:0000:0000:0000:0000:0000:0022 0035 fd00:0010:0000:0000:0000:0000:0000:0032 0035 UDP         SYNC       299
TCP 0A0A0A64 CE60 0A0A0A16 0050 0A0A0A21 0050 TIME_WAIT   SYNC        60
TCP 0A0A0A64 CE61 0A0A0A16 0050 0A0A0A22 0050 ESTABLISHED SYNC       900
TCP fd00:0010:0000:0000:0000:0000:0000:0064 8235 0A0A0A16 0035 0A0A0A20 0035 ESTABLISHED SYNC       299
AH  0A0A0A64 0000 0A0A0A16 0000 0A0A0A20 0000 NONE        SYNC        12
TCP 0A0A0A64 CE61 0A0A0A16 0050 0A0A0A22
`

func TestConnectionsAreRead(t *testing.T) {
	var got []string
	err := eachConnection(strings.NewReader(connections), func(c connection) {
		text := c.String()
		if c.template {
			text += " template"
		}
		if c.synchronised {
			text += " synchronised"
		}
		got = append(got, text)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"tcp 10.10.10.100:52796 -> 10.10.10.22:80 -> 10.10.10.32:80 synchronised",
		"tcp 10.10.10.100:52832 -> 10.10.10.22:80 -> 10.10.10.32:80",
		"tcp 10.10.10.100:0 -> 10.10.10.22:80 -> 10.10.10.32:80 template synchronised",
		" 10.10.10.100:0 -> 0.0.0.4:0 -> 10.10.10.32:0 template synchronised",
		"udp [fd00:10::64]:33333 -> [fd00:10::22]:53 -> [fd00:10::32]:53 synchronised",
		"tcp 10.10.10.100:52832 -> 10.10.10.22:80 -> 10.10.10.33:80 synchronised",
		"tcp 10.10.10.100:52833 -> 10.10.10.22:80 -> 10.10.10.34:80 synchronised",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("connections (-want +got):\n%s", diff)
	}
}

func TestConnectionsBecomeSyncMessages(t *testing.T) {
	var sent []string
	m := syncMessages{id: 51, send: func(b []byte) error { sent = append(sent, hex.EncodeToString(b)); return nil }}
	for _, line := range strings.Split(connections, "\n") {
		if c, ok := parseConnection(line); ok {
			m.add(c, lvs.Tunnel)
		}
	}
	m.flush()
	m.flush() // nothing more
	const ends = "0a0a0a64" + "0a0a0a16" + "0a0a0a20"
	want := []string{"0033" + "0128" + "07010000" + // id, 296 bytes, 7 connections, version 1
		"00060024" + "00000002" + "0001" + "ce3c00500050" + "00000000" + "00000000" + ends +
		"00060024" + "00000102" + "0004" + "ce6000500050" + "00000000" + "00000000" + ends +
		"00060024" + "00001002" + "0001" + "000000500050" + "00000000" + "0000012b" + ends +
		"00000024" + "00001002" + "0000" + "000000000000" + "00000000" + "0000000c" + "0a0a0a64" + "00000004" + "0a0a0a20" +
		"01110048" + "00000002" + "0000" + "823500350035" + "00000000" + "00000000" +
		"fd000010000000000000000000000064" + "fd000010000000000000000000000022" + "fd000010000000000000000000000032" +
		"00060024" + "00000102" + "0005" + "ce6000500050" + "00000000" + "00000000" + "0a0a0a64" + "0a0a0a16" + "0a0a0a21" +
		"00060024" + "00000002" + "0001" + "ce6100500050" + "00000000" + "00000000" + "0a0a0a64" + "0a0a0a16" + "0a0a0a22"}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func TestSyncMessagesAreNoLongerThanTheDaemonTakes(t *testing.T) {
	total, count := 0, 0
	m := syncMessages{send: func(b []byte) error {
		total, count = total+int(b[4]), count+1
		if len(b) > syncMessage || len(b) != int(b[2])<<8|int(b[3]) {
			t.Errorf("%d bytes", len(b))
		}
		return nil
	}}
	for range 1000 {
		a := netip.MustParseAddr("10.0.0.1")
		m.add(connection{protocol: lvs.TCP, client: a, virtual: a, destination: a, state: 1}, lvs.Direct)
	}
	m.flush()
	if total != 1000 || count > 50 {
		t.Errorf("%d connections in %d messages", total, count)
	}
}

func FuzzConnection(f *testing.F) {
	for _, line := range strings.Split(connections, "\n") {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, ok := parseConnection(line)
		if !ok {
			return
		}
		m := syncMessages{send: func([]byte) error { return nil }}
		m.add(c, lvs.Direct)
		if len(m.b) != syncHeader+syncEntry4 && len(m.b) != syncHeader+syncEntry6 {
			t.Errorf("%q becomes %d bytes", line, len(m.b))
		}
	})
}
