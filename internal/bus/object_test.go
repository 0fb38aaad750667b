package bus

import "testing"

func TestPathsAreThoseOfKeepalived(t *testing.T) {
	for _, tt := range []struct {
		place Place
		of    Instance
		want  string
	}{
		{Place{}, Instance{"A", "eth0", 51, 4}, "/org/keepalived/Vrrp1/Instance/eth0/51/IPv4"},
		{Place{}, Instance{"A", "bond0.10", 5, 6}, "/org/keepalived/Vrrp1/Instance/bond0_10/5/IPv6"},
		{Place{}, Instance{"A", "", 5, 4}, "/org/keepalived/Vrrp1/Instance/none/5/IPv4"},
		{Place{Namespace: "blue", Instance: "one"}, Instance{"A", "eth0", 51, 4}, "/org/keepalived/Vrrp1/blue/one/Instance/eth0/51/IPv4"},
	} {
		if got := tt.place.instance(tt.of); string(got) != tt.want || !got.IsValid() {
			t.Errorf("%+v in %+v is %s, not %s", tt.of, tt.place, got, tt.want)
		}
	}
	if got := (Place{Instance: "one"}).vrrp(); got != "/org/keepalived/Vrrp1/one/Vrrp" {
		t.Errorf("the process is %s", got)
	}
}
