package config

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// verdictText puts a line of testdata/verdicts.tsv into an otherwise sound configuration.
func verdictText(context, lines string) string {
	lines = strings.ReplaceAll(lines, " ; ", "\n")
	switch context {
	case "virtual_server":
		return block("192.0.2.100 80", rr+lines+"\n"+rs1)
	case "real_server":
		return block("192.0.2.100 80", rr+"real_server 192.0.2.200 80 {\n"+lines+"\n}")
	case "virtual_server-address":
		return block(lines, rr+rs1)
	case "real_server-address":
		return block("192.0.2.7 80", rr+"real_server "+lines+" {\nweight 3\n}\n"+rs1)
	case "group-NAT", "group-DR":
		_, kind, _ := strings.Cut(context, "-")
		return "virtual_server_group g {\n" + lines + "\n}\n" + block("group g", "lb_algo rr\nlb_kind "+kind+"\nprotocol TCP\n"+rs1)
	default:
		return "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n192.0.2.10/24\n}\n" + context + " {\n" + lines + "\n}\n}\n"
	}
}

// TestVerdictIsKeepalivedsOnSingleLines compares exit statuses of --config-test with those that
// Debian's keepalived 2.2.7 gave for the same configurations. Lines on which 2.4.3 is known to
// differ from it are left out.
func TestVerdictIsKeepalivedsOnSingleLines(t *testing.T) {
	table, err := os.ReadFile("testdata/verdicts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(table)), "\n")[1:]
	for _, row := range rows {
		fields := strings.Split(row, "\t")
		if len(fields) != 3 {
			t.Fatalf("%q has %d fields", row, len(fields))
		}
		text := verdictText(fields[0], fields[1])
		r := load(text)
		if got := strconv.Itoa(r.TestStatus()); got != fields[2] {
			t.Errorf("%s %q: status %s, keepalived gave %s\n%s", fields[0], fields[1], got, fields[2], listing(r))
		}
	}
	if len(rows) < 400 {
		t.Errorf("only %d lines: the table is not whole", len(rows))
	}
}
