package config

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/parser"
)

// surroundings are configurations in which keepalived has nothing to say about anything but the
// line at %s.
var surroundings = map[string]string{
	"global_defs": "global_defs {\n %s\n}\n",
	"top":         "%s\n",
	"vrrp_instance": "global_defs {\n enable_script_security\n script_user root\n}\nvrrp_script s {\n script \"/usr/bin/true\"\n}\n" +
		"vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n priority 100\n %s\n virtual_ipaddress {\n 192.0.2.10/24\n }\n}\n",
	"vrrp_sync_group": "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n 192.0.2.10/24\n }\n}\n" +
		"vrrp_instance VI_2 {\n interface eth1\n virtual_router_id 51\n virtual_ipaddress {\n 192.0.2.11/24\n }\n}\n" +
		"vrrp_sync_group G {\n group {\n VI_1\n VI_2\n }\n %s\n}\n",
	"vrrp_script": "global_defs {\n enable_script_security\n script_user root\n}\nvrrp_script s {\n script \"/usr/bin/true\"\n %s\n}\n" +
		tracking("track_script"),
	"vrrp_track_process":           "vrrp_track_process s {\n process init\n %s\n}\n" + tracking("track_process"),
	"track_file":                   "track_file s {\n file /tmp/x\n %s\n}\n" + tracking("track_file"),
	"bfd_instance":                 "bfd_instance s {\n neighbor_ip 192.0.2.7\n %s\n}\n",
	"garp_group":                   "garp_group {\n interface eth0\n garp_interval 0.1\n %s\n}\n" + tracking(""),
	"vrrp_instance/authentication": "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n authentication {\n auth_type PASS\n auth_pass x\n %s\n }\n virtual_ipaddress {\n 192.0.2.10/24\n }\n}\n",
	"virtual_server":               "virtual_server 192.0.2.10 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n %s\n real_server 192.0.2.20 80 {\n }\n}\n",
	"virtual_server/real_server":   "virtual_server 192.0.2.10 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n real_server 192.0.2.20 80 {\n  %s\n }\n}\n",
}

// tracking is an instance that tracks the object s.
func tracking(list string) string {
	if list != "" {
		list = " " + list + " {\n s\n }\n"
	}
	return "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n" + list + " virtual_ipaddress {\n 192.0.2.10/24\n }\n}\n"
}

const (
	later   = "keepalived has it since a release after 2.2.7"
	decimal = "2.4 takes decimals, 2.2.7 whole seconds"
	strict  = "2.4 looks at the argument, 2.2.7 does not"
)

// argumentDifferences are the keywords for which 2.2.7 is no reference for all arguments.
var argumentDifferences = map[string]string{
	"global_defs use_symlink_paths":                 later,
	"global_defs set_supplementary_groups":          later,
	"global_defs v3_checksum_as_v2":                 later,
	"global_defs dbus_no_interface_name":            later,
	"global_defs snmp_vs_stats_update_interval":     later,
	"global_defs snmp_rs_stats_update_interval":     later,
	"global_defs vrrp_delay_after_boot":             later,
	"global_defs vrrp_owner_ignore_adverts":         later,
	"global_defs json_version":                      later,
	"global_defs iproute_usr_dir":                   later,
	"global_defs iproute_etc_dir":                   later,
	"global_defs state_dump_file":                   later,
	"global_defs stats_dump_file":                   later,
	"global_defs json_dump_file":                    later,
	"vrrp_instance no_virtual_ipaddress":            later,
	"vrrp_instance v3_checksum_as_v2":               later,
	"vrrp_instance owner_ignore_adverts":            later,
	"bfd_instance multihop":                         later,
	"global_defs vrrp_ipsets":                       "Debian builds keepalived without ipsets",
	"global_defs notification_email_from":           "2.4 refuses further words",
	"global_defs vrrp_skip_check_adv_addr":          strict,
	"global_defs vrrp_strict":                       strict,
	"vrrp_script interval":                          decimal,
	"vrrp_script timeout":                           decimal,
	"vrrp_script script":                            "a second script with an unusable path does not replace the first in 2.2.7",
	"global_defs config_save_dir":                   "whether the directory can be made is seen when it is made",
	"top virtual_server_group":                      "2.2.7 ends with status 2 for two names, where a report will do",
	"virtual_server delay_before_retry":             "a delay of 3000 years is out of range",
	"virtual_server warmup":                         "a delay of 3000 years is out of range",
	"virtual_server delay_loop":                     "a delay of 3000 years is out of range",
	"virtual_server/real_server delay_before_retry": "a delay of 3000 years is out of range",
	"virtual_server/real_server warmup":             "a delay of 3000 years is out of range",
	"virtual_server/real_server delay_loop":         "a delay of 3000 years is out of range",
}

func TestKeywordsTakeTheArgumentsThatKeepalivedTakes(t *testing.T) {
	data, err := os.ReadFile("testdata/arguments.tsv")
	if err != nil {
		t.Fatal(err)
	}
	host := labHost()
	host.dirs["."], host.dirs["/usr/bin"] = true, true
	ran, differ := 0, map[string]bool{}
	for _, row := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if strings.HasPrefix(row, "#") {
			continue
		}
		f := strings.Split(row, "\t")
		status, err := strconv.Atoi(f[2])
		if err != nil {
			t.Fatal(err)
		}
		key := f[0] + " " + f[1]
		for _, args := range strings.Split(f[3], "|") {
			ran++
			line := strings.TrimSpace(f[1] + " " + args)
			r := LoadText("test.conf", fmt.Sprintf(surroundings[f[0]], line), parser.Options{ConfigID: "x"}, host)
			if got := r.TestStatus(); got != status {
				differ[key] = true
				if argumentDifferences[key] == "" {
					t.Errorf("%s in %s: exit status %d, keepalived gives %d\n%s", line, f[0], got, status, listing(r))
				}
			}
		}
	}
	for key, why := range argumentDifferences {
		if !differ[key] {
			t.Errorf("%s is listed as a difference (%s), but there is none", key, why)
		}
	}
	t.Logf("%d lines", ran)
}

func TestCombinedSettingsAreJudgedAsKeepalivedJudgesThem(t *testing.T) {
	data, err := os.ReadFile("testdata/combinations.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(string(data), "=== ")[1:]
	for i, c := range cases {
		status, text, _ := strings.Cut(c, "\n")
		want, err := strconv.Atoi(status)
		if err != nil {
			t.Fatal(err)
		}
		r := LoadText("test.conf", text, parser.Options{ConfigID: "x"}, labHost())
		if got := r.TestStatus(); got != want {
			t.Errorf("case %d: exit status %d, keepalived gives %d\n%s\n%s", i, got, want, text, listing(r))
		}
	}
	if len(cases) < 300 {
		t.Errorf("only %d cases: the file is not whole", len(cases))
	}
}
