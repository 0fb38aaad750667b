package datafile_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/datafile"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// jsonConfig is an instance with little, and a tracked process.
func jsonConfig(version int) *config.Config {
	return &config.Config{
		Global: config.Global{JSONVersion: version},
		Instances: []config.Instance{{
			Name: `V"I/1`, Family: 4, Interface: "eth0", VRID: 51, Version: 3, Priority: 100, AdvertInt: 500 * time.Millisecond,
			Auth: config.Pass, AuthPass: "hidden", DownTimerAdverts: 3, GARP: config.GARPSettings{Delay: 1500 * time.Millisecond, Repeat: 5},
			Addresses: []config.Address{{Prefix: netip.MustParsePrefix("192.0.2.9/24"), Dev: "eth0"}},
		}},
		TrackProcesses: []config.TrackProcess{{Name: "p", Process: "nginx", Quorum: 1, QuorumMax: -1, Weight: 5, Reverse: true, ForkDelay: 250 * time.Millisecond}},
	}
}

const (
	dataJSON = `{"data":{"iname":"V\"I\/1","dont_track_primary":0,"skip_check_adv_addr":0,"strict_mode":0,"vmac_ifname":"",` +
		`"ifp_ifname":"eth0","master_priority":90,"last_transition":1000000000.000250,"garp_delay":1.5,"garp_refresh":0,"garp_rep":5,` +
		`"garp_refresh_rep":0,"garp_lower_prio_delay":0,"garp_lower_prio_rep":0,"lower_prio_no_advert":0,"higher_prio_send_advert":0,` +
		`"vrid":51,"base_priority":100,"effective_priority":101,"vipset":true,"promote_secondaries":false,"adver_int":0.5,` +
		`"master_adver_int":1,"accept":1,"nopreempt":false,"preempt_delay":0,"state":2,"wantstate":2,"version":3,"smtp_alert":false,` +
		`"notify_deleted":false,"vips":["192.0.2.9\/24 dev eth0 scope global set"],"auth_type":1,"auth_data":"********"},` +
		`"stats":{"advert_rcvd":0,"advert_sent":7,"become_master":0,"release_master":0,"packet_len_err":0,"advert_interval_err":0,` +
		`"ip_ttl_err":0,"invalid_type_rcvd":0,"addr_list_err":0,"invalid_authtype":0,"authtype_mismatch":0,"auth_failure":0,` +
		`"auth_ext_missing":0,"auth_ext_malformed":0,"auth_ext_unknown_key":0,"auth_ext_invalid_hmac":2,"auth_ext_stale":0,` +
		`"auth_ext_replay":0,"pri_zero_rcvd":0,"pri_zero_sent":0}}`
	processJSON = `{"process":"p","param_match":"none","min_processes":1,"current_processes":3,"have_quorum":true,"weight":-5,` +
		`"terminate_delay":0,"fork_delay":0.25,"fork_delay_timer_running":false,"terminate_delay_timer_running":false,"full_command":false}`
)

func TestJSONHasKeepalivedsForm(t *testing.T) {
	status := &speaker.Status{Instances: []speaker.InstanceStatus{{
		Name: `V"I/1`, State: "MASTER", Since: time.Unix(1e9, 250_000), Priority: 101, HeardPriority: 90, Held: true, MasterInterval: time.Second,
		Stats: speaker.Stats{AdvertSent: 7, AuthExtInvalid: 2},
	}}}
	tracked := &tracking.Status{Objects: []tracking.ObjectStatus{{Kind: "process", Name: "p", Value: 3, Up: true}}}
	for version, want := range map[int]string{
		1: "[" + dataJSON + "]",
		2: `{"vrrp":[` + dataJSON + `],"track_process":[` + processJSON + "]}",
	} {
		got := datafile.JSON(jsonConfig(version), status, tracked)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("version %d (-want +got):\n%s", version, diff)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("version %d is no JSON: %s", version, got)
		}
	}
}

func TestJSONOfWhatDoesNotRunIsThatOfTheStart(t *testing.T) {
	got := datafile.JSON(jsonConfig(1), nil, nil)
	if !json.Valid([]byte(got)) || !strings.Contains(got, `"last_transition":0.000000,`) || !strings.Contains(got, `"state":0,`) {
		t.Error(got)
	}
}
