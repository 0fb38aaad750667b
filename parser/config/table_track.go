package config

// trackRows are the keywords of the tracked objects.
var trackRows = []section{
	{"track_group", []Keyword{
		{Name: "group", Kind: List, Args: "{ <vrrp_instance> ... }", Since: "2.0.3", Note: "unknown instances dropped with error"},
	}},
	{"vrrp_script", []Keyword{
		{Name: "script", Kind: Value, Args: `"<cmd args>"`, Default: "none (required)", Since: "1.1.13", Note: "only the first word is used; unquoted extra words are silently dropped"},
		{Name: "interval", Kind: Value, Args: "<sec decimal, ms>", Default: "1", Since: "1.1.13", Note: "0 becomes 1 with error"},
		{Name: "timeout", Kind: Value, Args: "<sec decimal>", Default: "0 = interval", Since: "1.2.6", Note: "SIGTERM at timeout"},
		{Name: "weight", Kind: Value, Args: "<int -253..253> [reverse]", Default: "0", Since: "1.1.13"},
		{Name: "rise", Kind: Value, Args: "<int >=1>", Default: "1", Since: "1.1.18", Note: "0 = error and 1"},
		{Name: "fall", Kind: Value, Args: "<int >=1>", Default: "1", Since: "1.1.18", Note: "0 = error and 1"},
		{Name: "user", Kind: Value, Args: "<user> [<group>]", Default: "script_user", Since: "1.3.0", Note: "unknown = script removed with error"},
		{Name: "init_fail", Kind: Flag, Default: "off (assume up)", Since: "1.3.2", Note: "assume failed at start"},
	}},
	{"vrrp_track_process", []Keyword{
		{Name: "process", Kind: Value, Args: "<exe name or path> [<param> ...]", Default: "none (required)", Since: "2.0.11", Note: "quoted words allowed"},
		{Name: "param_match", Kind: Value, Args: "[initial|partial]", Default: "exact if process has parameters, else none", Since: "2.0.16", Note: "bare = exact (no parameters allowed at all); any form turns full_command on"},
		{Name: "weight", Kind: Value, Args: "<int -254..254> [reverse]", Default: "0", Since: "2.0.11"},
		{Name: "quorum", Kind: Value, Args: "<int 1-65535>", Default: "1", Since: "2.0.11"},
		{Name: "quorum_max", Kind: Value, Args: "<int 0-65535>", Default: "unlimited", Since: "2.0.16", Note: "up only while count <= this"},
		{Name: "delay", Kind: Value, Args: "<sec decimal 0.000001-3600>", Default: "0", Since: "2.0.11", Note: "sets both delays"},
		{Name: "terminate_delay", Kind: Value, Args: "<sec decimal 0.000001-3600>", Default: "0", Since: "2.0.16"},
		{Name: "fork_delay", Kind: Value, Args: "<sec decimal 0.000001-3600>", Default: "0", Since: "2.0.16"},
		{Name: "full_command", Kind: Flag, Default: "off", Since: "2.0.11", Note: "match whole argv[0] instead of comm"},
	}},
	{"bfd_instance", []Keyword{
		{Name: "source_ip", Kind: Value, Args: "<ip>", Default: "system chosen", Since: "2.0.0", Note: "family must match"},
		{Name: "neighbor_ip", Kind: Value, Args: "<ip>", Default: "none (required)", Since: "2.0.0", Note: "duplicates not allowed"},
		{Name: "neighbour_ip", Kind: Value, Args: "<ip>", Default: "none (required)", Since: "2.0.0", Note: "alias of neighbor_ip"},
		{Name: "min_rx", Kind: Value, Args: "<ms decimal 1-4294967>", Default: "10", Since: "2.0.0"},
		{Name: "min_tx", Kind: Value, Args: "<ms decimal 1-4294967>", Default: "10", Since: "2.0.0"},
		{Name: "idle_tx", Kind: Value, Args: "<ms decimal 1000-4294967>", Default: "1000", Since: "2.0.0", Note: "transmit interval while down"},
		{Name: "multiplier", Kind: Value, Args: "<int 1-255>", Default: "5", Since: "2.0.0"},
		{Name: "passive", Kind: Flag, Default: "off", Since: "2.0.0", Note: "wait for peer"},
		{Name: "ttl", Kind: Value, Args: "<int 1-255>", Default: "255 (v4) / 64 (v6)", Since: "2.0.0", Note: "TTL of sent packets and the value max_hops is counted from"},
		{Name: "hoplimit", Kind: Value, Args: "<int 1-255>", Default: "255 / 64", Since: "2.0.0", Note: "alias of ttl; RFC 5881 wants 255 over IPv6 too: write it where the neighbour is not keepalived"},
		{Name: "max_hops", Kind: Value, Args: "<int -1..255>", Default: "0", Since: "2.0.0", Note: "received TTL must be >= ttl - max_hops; -1 (stored as 255) or 255 = do not check; above ttl is cut to ttl with error"},
		{Name: "multihop", Kind: Flag, Args: "[on|true|yes|off|false|no]", Default: "false", Since: "2.2.8", Note: "port 4784 instead of 3784"},
		{Name: "weight", Kind: Value, Args: "<int -253..253> [reverse]", Default: "0", Since: "2.0.0", Note: "VRRP weight; parsed only by vrrp process"},
		{Name: "vrrp", Kind: Flag, Default: "off", Since: "2.0.0", Note: "only VRRP uses this instance"},
		{Name: "checker", Kind: Flag, Default: "off", Since: "2.0.0", Note: "only checkers use this instance"},
	}},
	{"track_file", []Keyword{
		{Name: "file", Kind: Value, Args: "<path>", Default: "none (required)", Since: "2.1.0", Note: "directory must exist (2.3+ error if not)"},
		{Name: "weight", Kind: Value, Args: "<int -254..254> [reverse]", Default: "1", Since: "2.1.0", Note: "value in file times weight; 0 = file used as fault test"},
		{Name: "init_file", Kind: Value, Args: "[<int>] [overwrite]", Default: "off", Since: "2.1.0", Note: "create the file with this value (0 default)"},
	}},
	{"vrrp_track_file", []Keyword{
		{Name: "file", Kind: Value, Args: "<path>", Default: "none (required)", Since: "2.0.0", Note: "directory must exist (2.3+ error if not)"},
		{Name: "weight", Kind: Value, Args: "<int -254..254> [reverse]", Default: "1", Since: "2.0.0", Note: "value in file times weight; 0 = file used as fault test"},
		{Name: "init_file", Kind: Value, Args: "[<int>] [overwrite]", Default: "off", Since: "2.0.0", Note: "create the file with this value (0 default)"},
	}},
}
