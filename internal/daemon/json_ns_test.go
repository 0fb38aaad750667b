package daemon

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// jsonLines are the values of a JSON text in their order, each with the keys that lead to it.
func jsonLines(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value func(path string)
	value = func(path string) {
		token, err := d.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		delim, nested := token.(json.Delim)
		if !nested {
			fmt.Fprintf(&b, "%s %#v\n", path, token)
			return
		}
		for i := 0; d.More(); i++ {
			if delim == '[' {
				value(fmt.Sprintf("%s/%d", path, i))
				continue
			}
			key, err := d.Token()
			if err != nil {
				t.Fatalf("%v in %s", err, text)
			}
			value(fmt.Sprintf("%s/%v", path, key))
		}
		if _, err := d.Token(); err != nil { // the closing bracket
			t.Fatalf("%v in %s", err, text)
		}
	}
	value("")
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("something stands behind the JSON: %s", text)
	}
	return b.String()
}

// sameJSON keeps a line; of times and counters that go on their place alone.
func sameJSON(line string) (string, bool) {
	path, value, _ := strings.Cut(line, " ")
	switch {
	case strings.Contains(path, "/stats/auth_ext_"), strings.Contains(path, "/track_process/"): // newer than 2.2.7
		return "", false
	case strings.HasSuffix(path, "/last_transition"), strings.HasSuffix(path, "/advert_sent"), strings.HasSuffix(path, "/auth_data"):
		return path, true // a secret was shown then
	case strings.Contains(path, "/vroutes/"): // 2.2.7 says that a route without an interface is not watched
		value = strings.Replace(strings.Replace(value, " no_track", "", 1), `"add `, `"prepend `, 1)
	case strings.Contains(path, "/vips/"): // Holdfast has its rules for no_accept in one table
		value = strings.Replace(value, " nftable_set", "", 1)
	}
	return path + " " + value, true
}

// sameStats is sameJSON for the lines of keepalived.stats.
func sameStats(line string) (string, bool) {
	label, _, _ := strings.Cut(line, ":")
	switch strings.TrimSpace(label) {
	case "Authentication Extension Errors", "Missing", "Malformed", "Unknown Key", "Invalid HMAC", "Stale", "Replay": // newer than 2.2.7
		return "", false
	case "Sent":
		return label, true
	}
	return line, true
}

func TestNSJSONAndStatsAreThoseOfKeepalived(t *testing.T) {
	both := sides(t)
	config := strings.ReplaceAll(snmpConfig, "    smtp_server 127.0.0.1 2525\n", "")
	for _, line := range []string{"enable_snmp_vrrp", "enable_snmp_rfc", "enable_traps", "snmp_socket tcp:127.0.0.1:705"} {
		config = strings.Replace(config, "    "+line+"\n", "", 1)
	}
	var dumps, stats [2]string
	for _, s := range both {
		s.host.Run("ip", "link", "add", "down0", "type", "veth", "peer", "name", "pdown0")
		s.start(config)
		// Before that keepalived's child may not heed signals yet, which end it then.
		wait(t, s.name+" has started", func() bool { return strings.Contains(s.read("log"), "(VI_1) Entering MASTER STATE") })
	}
	const want = "2 1 2 2 2 3 104 90 124 77 70 100 "
	for i, s := range both {
		wait(t, s.name+" has settled", func() bool {
			dumps[i] = s.signal(syscall.Signal(signalNumbers["JSON"]), "keepalived.json")
			time.Sleep(200 * time.Millisecond)
			return standing(dumps[i]) == want
		})
		stats[i] = s.signal(syscall.SIGUSR2, "keepalived.stats")
	}
	for _, name := range []string{"keepalived.json", "keepalived.stats"} {
		var modes [2]os.FileMode
		for i, s := range both {
			info, err := os.Stat(s.file(name))
			if err != nil {
				t.Fatal(err)
			}
			modes[i] = info.Mode()
		}
		if modes[0] != modes[1] || modes[0].Perm() != 0o600 {
			t.Errorf("%s: mode %v beside %v of keepalived", name, modes[1], modes[0])
		}
	}
	if n := compareLines(t, "keepalived.json", jsonLines(t, dumps[0]), jsonLines(t, dumps[1]), sameJSON); n < 300 {
		t.Error("too few values")
	}
	if n := compareLines(t, "keepalived.stats", stats[0], stats[1], sameStats); n < 100 {
		t.Error("too few lines")
	}
}

// standing are the states and then the priorities in a keepalived.json.
func standing(text string) string {
	var instances []struct {
		Data struct {
			State    int `json:"state"`
			Priority int `json:"effective_priority"`
		} `json:"data"`
	}
	if json.Unmarshal([]byte(text), &instances) != nil {
		return "" // half written
	}
	states, priorities := "", ""
	for _, i := range instances {
		states += fmt.Sprint(i.Data.State, " ")
		priorities += fmt.Sprint(i.Data.Priority, " ")
	}
	return states + priorities
}
