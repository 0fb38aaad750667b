package lab

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// IPVSTable is a host's IPVS table, as /proc/net/ip_vs shows it.
type IPVSTable []IPVSService

// IPVSService is one virtual service.
type IPVSService struct {
	Name      string // "TCP 10.10.10.22:80", "FWM 4"
	Scheduler string
	Flags     string // "persistent 50", "ops"
	Servers   []IPVSServer
}

// IPVSServer is one destination.
type IPVSServer struct {
	Address  netip.AddrPort
	Forward  string // "Route", "Local", "Tunnel", "Masq"
	Weight   int
	Active   int
	Inactive int
}

// IPVS reads the host's table.
func (h *Host) IPVS() (IPVSTable, error) {
	var text []byte
	err := h.Do(func() error {
		// The calling thread's network, not the process's.
		file, err := os.Open("/proc/thread-self/net/ip_vs")
		if err != nil {
			return err
		}
		defer file.Close()
		// Where one read ends and the next begins, the kernel counts the services of other networks
		// in the same hash chain and leaves some of ours out. One read gives up to 4096 bytes;
		// os.ReadFile would begin with 512.
		buffer := make([]byte, 64<<10)
		for {
			n, err := file.Read(buffer)
			text = append(text, buffer[:n]...)
			if errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("%s: read the IPVS table: %w", h.Name, err)
	}
	return parseIPVS(string(text))
}

// parseIPVS reads the text of /proc/net/ip_vs.
func parseIPVS(text string) (IPVSTable, error) {
	var table IPVSTable
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) < 3:
		case f[0] == "->" && f[1] == "RemoteAddress:Port":
		case f[0] == "->":
			if len(table) == 0 || len(f) < 6 {
				return nil, fmt.Errorf("read IPVS table: destination out of place: %q", line)
			}
			server, err := parseIPVSServer(f)
			if err != nil {
				return nil, err
			}
			last := &table[len(table)-1]
			last.Servers = append(last.Servers, server)
		case f[0] == "TCP", f[0] == "UDP", f[0] == "SCTP":
			to, err := parseHexAddress(f[1])
			if err != nil {
				return nil, err
			}
			table = append(table, IPVSService{Name: f[0] + " " + to.String(), Scheduler: f[2], Flags: strings.Join(f[3:], " ")})
		case f[0] == "FWM":
			mark, err := strconv.ParseUint(f[1], 16, 32)
			if err != nil {
				return nil, fmt.Errorf("read IPVS table: %w", err)
			}
			table = append(table, IPVSService{Name: fmt.Sprintf("FWM %d", mark), Scheduler: f[2], Flags: strings.Join(f[3:], " ")})
		}
	}
	slices.SortFunc(table, func(a, b IPVSService) int { return strings.Compare(a.Name, b.Name) })
	return table, nil
}

func parseIPVSServer(f []string) (IPVSServer, error) {
	to, err := parseHexAddress(f[1])
	if err != nil {
		return IPVSServer{}, err
	}
	s := IPVSServer{Address: to, Forward: f[2]}
	for i, into := range []*int{&s.Weight, &s.Active, &s.Inactive} {
		if *into, err = strconv.Atoi(f[3+i]); err != nil {
			return IPVSServer{}, fmt.Errorf("read IPVS table: %w", err)
		}
	}
	return s, nil
}

// parseHexAddress reads "0A0A0A16:0050" and "[2001:db8::1]:0050"; the port is hexadecimal in both.
func parseHexAddress(text string) (netip.AddrPort, error) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return netip.AddrPort{}, fmt.Errorf("read IPVS table: address %q without a port", text)
	}
	port, err := strconv.ParseUint(text[i+1:], 16, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("read IPVS table: %w", err)
	}
	if host, ok := strings.CutPrefix(text[:i], "["); ok {
		a, err := netip.ParseAddr(strings.TrimSuffix(host, "]"))
		if err != nil {
			return netip.AddrPort{}, fmt.Errorf("read IPVS table: %w", err)
		}
		return netip.AddrPortFrom(a, uint16(port)), nil
	}
	raw, err := hex.DecodeString(text[:i])
	if err != nil || len(raw) != 4 {
		return netip.AddrPort{}, fmt.Errorf("read IPVS table: %q is not an address", text)
	}
	var four [4]byte
	binary.BigEndian.PutUint32(four[:], binary.BigEndian.Uint32(raw))
	return netip.AddrPortFrom(netip.AddrFrom4(four), uint16(port)), nil
}

// Service finds a service by its name, nil when the table has none.
func (t IPVSTable) Service(name string) *IPVSService {
	for i := range t {
		if t[i].Name == name {
			return &t[i]
		}
	}
	return nil
}

// Weights maps destinations to weights.
func (s *IPVSService) Weights() map[string]int {
	weights := map[string]int{}
	if s != nil {
		for _, d := range s.Servers {
			weights[d.Address.Addr().String()] = d.Weight
		}
	}
	return weights
}

// Short is the table in one line, without counters: "TCP 10.10.10.22:80 wrr -> 10.10.10.31:80
// Route w3, …"; "empty" when it is.
func (t IPVSTable) Short() string {
	if len(t) == 0 {
		return "empty"
	}
	var services []string
	for _, s := range t {
		var servers []string
		for _, d := range s.Servers {
			servers = append(servers, fmt.Sprintf("%v %s w%d", d.Address, d.Forward, d.Weight))
		}
		slices.Sort(servers)
		services = append(services, strings.TrimSpace(s.Name+" "+s.Scheduler+" "+s.Flags)+" -> "+strings.Join(servers, ", "))
	}
	return strings.Join(services, "; ")
}

// String is the table as ipvsadm would lay it out.
func (t IPVSTable) String() string {
	if len(t) == 0 {
		return "(empty)\n"
	}
	var b strings.Builder
	for _, s := range t {
		fmt.Fprintf(&b, "%s %s %s\n", s.Name, s.Scheduler, s.Flags)
		for _, d := range s.Servers {
			fmt.Fprintf(&b, "  -> %-24v %-7s weight %-3d active %-3d inactive %d\n", d.Address, d.Forward, d.Weight, d.Active, d.Inactive)
		}
	}
	return b.String()
}
