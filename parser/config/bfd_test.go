package config

import "testing"

// keepalived's VRRP process does not read a bfd_instance that is for checkers alone, and the other way
// round: measured on 2.2.7.
func TestSessionsAreThereForThoseTheyAreMeantFor(t *testing.T) {
	tracking := "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\npriority 100\ntrack_bfd {\npeer\n}\nvirtual_ipaddress {\n192.0.2.10/24\n}\n}\n"
	for _, c := range []struct {
		words   string
		tracked int
		ids     string
	}{{"", 1, ""}, {"vrrp", 1, ""}, {"vrrp\nchecker", 1, ""}, {"checker", 0, "track-undefined"}} {
		r := load("bfd_instance peer {\nneighbor_ip 192.0.2.7\n" + c.words + "\n}\n" + tracking)
		if got := len(r.Config.Instances[0].TrackBFDs); got != c.tracked || reported(r) != c.ids {
			t.Errorf("%q: tracked %d, problems %q; want %d, %q", c.words, got, reported(r), c.tracked, c.ids)
		}
	}
	twice := "bfd_instance peer {\nneighbor_ip 192.0.2.7\nchecker\n}\nbfd_instance peer {\nneighbor_ip 192.0.2.8\n}\n"
	if r := load(twice); len(r.Config.BFDs) != 1 || reported(r) != "duplicate-name" {
		t.Errorf("two of one name: %d, %q", len(r.Config.BFDs), reported(r))
	}
}
