package lint

import "strings"

// wrappers are the blocks that the lines of an example stand in, to make a whole configuration of
// them. %s is where they go.
var wrappers = map[string]string{
	"":            "%s",
	"file":        "%s",
	"global_defs": "global_defs {\n%s}\n",
	"vrrp_instance": `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1
    }
%s}
`,
	"virtual_ipaddress": `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
%s    }
}
`,
	"virtual_server": `virtual_server 192.0.2.1 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    delay_loop 6
%s}
`,
	"virtual_routes":       "vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 7\n    virtual_ipaddress {\n        192.0.2.1\n    }\n    virtual_routes {\n%s    }\n}\n",
	"virtual_rules":        "vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 7\n    virtual_ipaddress {\n        192.0.2.1\n    }\n    virtual_rules {\n%s    }\n}\n",
	"unicast_peer":         "vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 7\n    virtual_ipaddress {\n        192.0.2.1\n    }\n    unicast_peer {\n%s    }\n}\n",
	"virtual_server_group": "virtual_server_group W {\n%s}\n",
	"HTTP_GET":             "virtual_server 192.0.2.1 80 {\n    lb_algo rr\n    lb_kind NAT\n    protocol TCP\n    real_server 192.0.2.21 80 {\n        HTTP_GET {\n%s        }\n    }\n}\n",
	"url":                  "virtual_server 192.0.2.1 80 {\n    lb_algo rr\n    lb_kind NAT\n    protocol TCP\n    real_server 192.0.2.21 80 {\n        HTTP_GET {\n            url {\n%s            }\n        }\n    }\n}\n",
	"real_server": `virtual_server 192.0.2.1 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 192.0.2.21 80 {
%s    }
}
`,
}

// Pair is what an example of two routers stands in: each half is a vrrp_instance.
const Pair = "the files of two routers"

// divider stands between the lines of the one router and those of the other.
const divider = "----\n"

// Whole makes configurations of the lines of an example: one, or for Pair two.
func (e *Explanation) Whole(text string) []string {
	if e.In == Pair {
		a, b, _ := strings.Cut(text, divider)
		return []string{wrap("vrrp_instance", a), wrap("vrrp_instance", b)}
	}
	return []string{wrap(e.In, text)}
}

// wrap puts lines into their block. A text that begins with a block of the top level is whole.
func wrap(in, text string) string {
	for _, top := range []string{"vrrp_instance ", "vrrp_sync_group ", "global_defs {", "virtual_server ", "static_"} {
		if strings.HasPrefix(text, top) {
			return text
		}
	}
	w, ok := wrappers[in]
	if !ok {
		return text
	}
	if in == "vrrp_instance" && strings.Contains(text, "virtual_ipaddress {") {
		w = strings.Replace(w, addresses, "", 1)
	}
	return strings.Replace(w, "%s", text, 1)
}

// addresses are those of an instance whose example has none.
const addresses = "    virtual_ipaddress {\n        192.0.2.1\n    }\n"
