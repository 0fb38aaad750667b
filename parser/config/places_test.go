package config

// pair are two instances and what they may track.
const pair = `
vrrp_instance VI_1 {
 interface eth0
 virtual_router_id 51
 virtual_ipaddress {
  192.0.2.10/24
 }
}
vrrp_instance VI_2 {
 interface eth1
 virtual_router_id 51
 virtual_ipaddress {
  192.0.2.11/24
 }
}
`

// tracked are objects to track, and the security that scripts need.
const tracked = `
global_defs {
 enable_script_security
 script_user root
}
vrrp_script s {
 script "/usr/bin/true"
}
track_file f {
 file /tmp/f
}
vrrp_track_process p {
 process init
}
bfd_instance b {
 neighbor_ip 192.0.2.7
}
track_group g {
 group {
  VI_1
 }
}
`

// server is a virtual server, with what is put into its real server.
func server(lines string) string {
	return tracked + "virtual_server 192.0.2.10 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n real_server 192.0.2.20 80 {\n  " +
		lines + "\n }\n}\n"
}

// checked is server with a checker.
func checked(name, lines string) string { return server(name + " {\n  " + lines + "\n  }") }

// instance is an instance with what is put into it.
func instance(lines string) string {
	return tracked + "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n " + lines + "\n}\n"
}

const vip = "\n virtual_ipaddress {\n 192.0.2.10/24\n }"

// places are configurations in which keepalived has nothing to say about anything but what is put
// in place of %s: the contexts of the keyword table, and some more by names of their own.
var places = map[string]string{
	"empty":                           "",
	"basic instance":                  "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n priority 100\n virtual_ipaddress {\n 192.0.2.10/24\n }\n}\n",
	"basic server":                    "virtual_server 192.0.2.10 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n real_server 192.0.2.20 80 {\n }\n}\n",
	"basic check":                     "virtual_server 192.0.2.10 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n real_server 192.0.2.20 80 {\n TCP_CHECK {\n }\n }\n}\n",
	"file":                            "%s",
	"top":                             tracked + "%s" + pair,
	"top, servers":                    "%s\n",
	"(anywhere)":                      instance("%s" + vip),
	"SSL":                             "SSL {\n%s\n}\n",
	"global_defs":                     "global_defs {\n%s\n}\n" + pair + checked("TCP_CHECK", ""),
	"global_defs, alone":              "global_defs {\n%s\n}\n",
	"global_defs, IPv6":               "global_defs {\n%s\n}\nvrrp_instance VI_6 {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n  fe80::10/64\n }\n}\n",
	"track_group":                     "track_group h {\n%s\n}\n" + pair,
	"vrrp_sync_group":                 tracked + pair + "vrrp_sync_group G {\n group {\n  VI_1\n  VI_2\n }\n%s\n}\n",
	"vrrp_sync_group, empty":          pair + "vrrp_sync_group G {\n%s\n}\n",
	"garp_group":                      "garp_group {\n interface eth0\n garp_interval 0.1\n%s\n}\n" + pair,
	"vrrp_instance":                   instance("%s" + vip),
	"vrrp_instance, IPv6":             instance("%s\n virtual_ipaddress {\n fe80::10/64\n }"),
	"vrrp_instance, bare":             tracked + "vrrp_instance VI_1 {\n%s\n}\n",
	"vrrp_instance, no address":       instance("%s"),
	"vrrp_instance, strict":           "global_defs {\n vrrp_strict\n}\n" + instance("%s"+vip),
	"vrrp_instance/authentication":    instance("authentication {\n%s\n }" + vip),
	"vrrp_instance/auth_hmac":         instance("auth_hmac {\n  key 1 0123456789abcdef0123456789abcdef\n  active_key 1\n%s\n }" + vip),
	"vrrp_instance/auth_hmac, no key": instance("auth_hmac {\n%s\n }" + vip),
	"vrrp_script":                     "global_defs {\n enable_script_security\n script_user root\n}\nvrrp_script t {\n script \"/usr/bin/true\"\n%s\n}\n" + instanceThatTracks,
	"vrrp_script, bare":               "global_defs {\n enable_script_security\n script_user root\n}\nvrrp_script t {\n%s\n}\n" + instanceThatTracks,
	"vrrp_track_process":              "vrrp_track_process q {\n process init\n%s\n}\n",
	"vrrp_track_process, bare":        "vrrp_track_process q {\n%s\n}\n",
	"bfd_instance":                    "bfd_instance c {\n neighbor_ip 192.0.2.8\n%s\n}\n",
	"bfd_instance, bare":              "bfd_instance c {\n%s\n}\n",
	"track_file":                      "track_file e {\n file /tmp/e\n%s\n}\n",
	"track_file, bare":                "track_file e {\n%s\n}\n",
	"vrrp_track_file":                 "vrrp_track_file e {\n file /tmp/e\n%s\n}\n",
	"vrrp_track_file, bare":           "vrrp_track_file e {\n%s\n}\n",
	"virtual_server":                  tracked + "virtual_server 192.0.2.10 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n%s\n real_server 192.0.2.20 80 {\n  TCP_CHECK {\n  }\n }\n real_server 192.0.2.21 80 {\n }\n}\n" + pair,
	"virtual_server, bare":            "virtual_server 192.0.2.10 80 {\n%s\n real_server 192.0.2.20 80 {\n }\n}\n",
	"virtual_server, empty":           "virtual_server 192.0.2.10 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n%s\n}\n",
	"virtual_server, fwmark":          "virtual_server fwmark 5 {\n lb_algo rr\n lb_kind NAT\n%s\n}\n",
	"virtual_server, UDP":             "virtual_server 192.0.2.10 80 {\n lb_algo rr\n lb_kind NAT\n protocol UDP\n%s\n real_server 192.0.2.20 80 {\n }\n}\n",
	"virtual_server, DR":              "virtual_server 192.0.2.10 80 {\n lb_algo rr\n lb_kind DR\n protocol TCP\n%s\n}\n",
	"virtual_server, TUN":             "virtual_server 192.0.2.10 80 {\n lb_algo rr\n lb_kind TUN\n protocol TCP\n%s\n}\n",
	"virtual_server, IPv6":            "virtual_server 2001:db8::10 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n%s\n real_server 2001:db8::20 80 {\n }\n}\n",
	"virtual_server/real_server":      server("%s"),

	"virtual_server/real_server/MISC_CHECK":         checked("MISC_CHECK", "misc_path \"/usr/bin/true\"\n%s"),
	"virtual_server/real_server/MISC_CHECK, bare":   checked("MISC_CHECK", "%s"),
	"virtual_server/real_server/SMTP_CHECK":         checked("SMTP_CHECK", "%s"),
	"virtual_server/real_server/SMTP_CHECK/host":    checked("SMTP_CHECK", "host {\n%s\n}"),
	"virtual_server/real_server/TCP_CHECK":          checked("TCP_CHECK", "%s"),
	"virtual_server/real_server/PING_CHECK":         checked("PING_CHECK", "%s"),
	"virtual_server/real_server/UDP_CHECK":          checked("UDP_CHECK", "%s"),
	"virtual_server/real_server/HTTP_GET":           checked("HTTP_GET", "url {\n path /\n}\n%s"),
	"virtual_server/real_server/HTTP_GET, bare":     checked("HTTP_GET", "%s"),
	"virtual_server/real_server/HTTP_GET/url":       checked("HTTP_GET", "url {\n path /\n%s\n}"),
	"virtual_server/real_server/HTTP_GET/url, bare": checked("HTTP_GET", "url {\n%s\n}"),
	"virtual_server/real_server/SSL_GET":            checked("SSL_GET", "url {\n path /\n}\n%s"),
	"virtual_server/real_server/SSL_GET, bare":      checked("SSL_GET", "%s"),
	"virtual_server/real_server/SSL_GET/url":        checked("SSL_GET", "url {\n path /\n%s\n}"),
	"virtual_server/real_server/SSL_GET/url, bare":  checked("SSL_GET", "url {\n%s\n}"),
	"virtual_server/real_server/DNS_CHECK":          checked("DNS_CHECK", "%s"),
	"virtual_server/real_server/FILE_CHECK":         checked("FILE_CHECK", "track_file f\n%s"),
	"virtual_server/real_server/FILE_CHECK, bare":   checked("FILE_CHECK", "%s"),
	"virtual_server/real_server/BFD_CHECK":          checked("BFD_CHECK", "name b\n%s"),
	"virtual_server/real_server/BFD_CHECK, bare":    checked("BFD_CHECK", "%s"),

	"address-entry":          instance("virtual_ipaddress {\n%s\n }"),
	"address-entry, IPv6":    instance("virtual_ipaddress {\n fe80::10/64\n%s\n }"),
	"address-entry, static":  tracked + "static_ipaddress {\n%s\n}\n" + pair,
	"route-entry":            instance("virtual_routes {\n%s\n }" + vip),
	"route-entry, static":    tracked + "static_routes {\n%s\n}\n" + pair,
	"rule-entry":             instance("virtual_rules {\n%s\n }" + vip),
	"rule-entry, static":     tracked + "static_rules {\n%s\n}\n" + pair,
	"encap-entry":            instance("virtual_routes {\n%s\n }" + vip),
	"virtual_server-address": "virtual_server_group g {\n 192.0.2.9 80\n}\nvirtual_server %s {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n persistence_timeout 5\n real_server 192.0.2.20 80 {\n }\n}\n",
	"vsg-entry":              "virtual_server_group g {\n%s\n}\nvirtual_server group g {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n persistence_timeout 5\n real_server 192.0.2.20 80 {\n }\n}\n",
	"lb_kind-options":        "virtual_server 192.0.2.10 80 {\n lb_algo rr\n protocol TCP\n lb_kind TUN %s\n real_server 192.0.2.20 80 {\n }\n}\n",
}

// inline are the contexts whose words stand on one line.
var inline = map[string]bool{"address-entry": true, "route-entry": true, "rule-entry": true, "encap-entry": true,
	"address-entry,": true, "route-entry,": true, "rule-entry,": true, "virtual_server-address": true, "lb_kind-options": true}

// instanceThatTracks keeps the script t in the model: what nobody tracks is left out.
const instanceThatTracks = "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n track_script {\n  t\n }" + vip + "\n}\n"
