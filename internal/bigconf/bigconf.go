// Package bigconf writes the large configuration on which reading is measured.
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
