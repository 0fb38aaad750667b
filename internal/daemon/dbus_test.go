package daemon

import (
	"testing"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

func TestInstanceWithoutInterfaceHasItsNameOnTheBus(t *testing.T) {
	for _, tt := range []struct{ given, want string }{{"", ""}, {"dbus_no_interface_name elsewhere", "elsewhere"}} {
		text := "global_defs {\n " + tt.given + "\n}\nvrrp_instance A {\n virtual_router_id 7\n}\n"
		r := config.LoadText("t.conf", text, parser.Options{}, config.AnyHost{})
		p := &parent{config: r.Config}
		if all := p.busInstances(); len(all) != 1 || all[0].Interface != tt.want {
			t.Errorf("%q: the instances are %+v, want one of %q", tt.given, all, tt.want)
		}
	}
}
