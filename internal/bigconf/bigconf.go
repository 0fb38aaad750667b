// Package bigconf writes the configurations on which reading is measured: a large one and a typical one.
package bigconf

import (
	"fmt"
	"strings"
)

// Text is a configuration of that many virtual servers with four real servers each, 97 lines a
// virtual server: 10,000 make 970,006 lines.
func Text(services int) string {
	var b strings.Builder
	b.WriteString("global_defs {\n\trouter_id LVS_BIG\n\tenable_script_security\n\tscript_user root\n}\n\n")
	for i := range services {
		fmt.Fprintf(&b, "virtual_server 10.%d.%d.%d 80 {\n", i>>16, i>>8&0xff, i&0xff)
		b.WriteString("\tdelay_loop 6\n\tlb_algo wrr # weighted\n\tlb_kind DR\n\tpersistence_timeout 50\n\tprotocol TCP\n\n")
		for j := range 4 {
			fmt.Fprintf(&b, "\treal_server 192.168.%d.%d 80 {\n", i&0xff, j+1)
			b.WriteString("\t\tweight 3\n\t\tinhibit_on_failure\n\t\t! the check\n\n")
			b.WriteString("\t\tTCP_CHECK {\n\t\t\tconnect_timeout 10\n\t\t\tretry 3\n\t\t\tdelay_before_retry 3\n")
			b.WriteString("\t\t\tconnect_port 80\n\t\t\tconnect_ip 192.168.1.1\n\t\t}\n\n")
			b.WriteString("\t\tuthreshold 1000\n\t\tlthreshold 10\n\t\tdelay_loop 7\n\n\t\tvirtualhost www.example.org\n\n\n\n\t}\n")
		}
		b.WriteString("}\n\n")
	}
	return b.String()
}

// Typical is a configuration of a hundred lines such as most sites have: an instance with a script and
// two virtual servers of two real servers each. The instance is on the loopback interface, which every
// machine has and no instance can use.
func Typical() string {
	var b strings.Builder
	b.WriteString("! a pair of directors\nglobal_defs {\n    router_id lb1\n    notification_email {\n        ops@example.org\n    }\n")
	b.WriteString("    notification_email_from lb1@example.org\n    smtp_server 192.0.2.25\n    smtp_connect_timeout 30\n")
	b.WriteString("    vrrp_garp_master_delay 5\n    enable_script_security\n    script_user root\n}\n\n")
	b.WriteString("vrrp_script check_web {\n    script \"/usr/bin/true\"\n    interval 2\n    weight -20\n    fall 3\n    rise 2\n}\n\n")
	b.WriteString("vrrp_instance VI_1 {\n    state BACKUP\n    interface lo\n    virtual_router_id 51\n    priority 100\n    advert_int 1\n")
	b.WriteString("    authentication {\n        auth_type PASS\n        auth_pass 1111\n    }\n")
	b.WriteString("    virtual_ipaddress {\n        192.0.2.10/24\n        192.0.2.11/24\n    }\n")
	b.WriteString("    track_script {\n        check_web\n    }\n}\n")
	for i := range 2 {
		fmt.Fprintf(&b, "\n# service %d\nvirtual_server 192.0.2.%d 80 {\n    delay_loop 6\n    lb_algo wrr\n    lb_kind DR\n", i+1, 10+i)
		b.WriteString("    persistence_timeout 50\n    protocol TCP\n")
		for j := range 2 {
			fmt.Fprintf(&b, "\n    real_server 192.0.2.%d 80 {\n        weight 1\n        inhibit_on_failure\n", 21+j)
			b.WriteString("        TCP_CHECK {\n            connect_timeout 3\n            retry 3\n            delay_before_retry 3\n        }\n    }\n")
		}
		b.WriteString("}\n")
	}
	return b.String()
}
