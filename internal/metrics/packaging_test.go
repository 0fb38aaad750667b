package metrics

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	board = "../../packaging/grafana/holdfast.json"
	rules = "../../packaging/prometheus/holdfast.rules.yml"
)

var nameOf = regexp.MustCompile(`\bkeepalived_\w+`)

// known are the names of all that is told, with what a histogram and a summary make of theirs, and the labels.
func known() map[string][]string {
	names := map[string][]string{}
	for _, g := range groups {
		for _, s := range g.series {
			switch s.kind {
			case histogram:
				names[s.name+"_bucket"] = append(slices.Clone(s.labels), "le")
				fallthrough
			case summary:
				names[s.name+"_sum"], names[s.name+"_count"] = s.labels, s.labels
			default:
				names[s.name] = s.labels
			}
		}
	}
	return names
}

// expressions are the queries of a board, wherever they are in it.
func expressions(v any) []string {
	var all []string
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			if s, ok := inner.(string); ok && (key == "expr" || key == "definition") {
				all = append(all, s)
			}
			all = append(all, expressions(inner)...)
		}
	case []any:
		for _, inner := range v {
			all = append(all, expressions(inner)...)
		}
	}
	return all
}

func TestBoardAsksForWhatIsTold(t *testing.T) {
	b, err := os.ReadFile(board)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	all := expressions(v)
	if len(all) < 25 {
		t.Fatalf("only %d queries found", len(all))
	}
	asksForWhatIsTold(t, all)
}

// matcher is a series with a condition on its labels.
var (
	matcher   = regexp.MustCompile(`\b(keepalived_\w+)\{([^}]*)\}`)
	labelName = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)`)
)

func asksForWhatIsTold(t *testing.T, expressions []string) {
	t.Helper()
	names := known()
	for _, e := range expressions {
		for _, name := range nameOf.FindAllString(e, -1) {
			if _, ok := names[name]; !ok {
				t.Errorf("%s is not told: %s", name, e)
			}
		}
		for _, m := range matcher.FindAllStringSubmatch(e, -1) {
			for _, l := range labelName.FindAllStringSubmatch(m[2], -1) {
				if !slices.Contains([]string{"job", "instance"}, l[1]) && !slices.Contains(names[m[1]], l[1]) {
					t.Errorf("%s has no label %s: %s", m[1], l[1], e)
				}
			}
		}
	}
}

// TestBoardOfTheKnownExporterFindsItsSeries are the queries of the board that mehdy/keepalived-exporter
// ships.
func TestBoardOfTheKnownExporterFindsItsSeries(t *testing.T) {
	all := []string{`label_values(keepalived_up, instance)`}
	for _, name := range []string{"up", "script_status", "exporter_check_script_status", "script_state", "vrrp_state"} {
		all = append(all, `keepalived_`+name+`{instance="$instance"}`)
	}
	for _, name := range []string{
		"become_master", "release_master", "advertisements_sent", "advertisements_received", "priority_zero_sent",
		"priority_zero_received", "gratuitous_arp_delay", "advertisements_interval_errors", "packet_length_errors",
		"ip_ttl_errors", "invalid_type_received", "address_list_errors", "authentication_invalid",
		"authentication_failure", "authentication_mismatch",
	} {
		all = append(all, `rate(keepalived_`+name+`_total{instance="$instance"}[$__rate_interval])`)
	}
	asksForWhatIsTold(t, all)
}

func TestAlertsAskForWhatIsTold(t *testing.T) {
	b, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	asksForWhatIsTold(t, strings.Split(string(b), "- alert: "))
	promtool(t, nil, rules, "check", "rules", rules)
	promtool(t, nil, "testdata/rules.test.yml", "test", "rules", "testdata/rules.test.yml")
}
