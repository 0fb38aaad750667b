package metrics

import (
	"cmp"
	"slices"
)

// kind is the type of a series.
type kind string

// Types. A summary here has no quantiles: a sum and a count, whose ratio is a mean.
const (
	gauge     kind = "gauge"
	counter   kind = "counter"
	histogram kind = "histogram"
	summary   kind = "summary"
)

// series is a name with all that is fixed about it.
type series struct {
	name, help string
	kind       kind
	labels     []string
	sorted     []int // indexes of labels, by name: the order in which they are told
	index      int   // of all series
}

// defined is how many series there are.
var defined int

// group is what docs/metrics.md has under one heading.
type group struct {
	title  string
	series []*series
}

// groups are all series, in the order of the documentation.
var groups []*group

func newGroup(title string) *group {
	g := &group{title: title}
	groups = append(groups, g)
	return g
}

// add defines a series; labels stand before the help text, which ends the line.
func (g *group) add(k kind, name, help string, labels ...string) *series {
	s := &series{name: name, help: help, kind: k, labels: labels, index: defined}
	defined++
	for i := range labels {
		s.sorted = append(s.sorted, i)
	}
	slices.SortFunc(s.sorted, func(a, b int) int { return cmp.Compare(labels[a], labels[b]) })
	g.series = append(g.series, s)
	return s
}

// Labels of an instance, as mehdy/keepalived-exporter has them.
var (
	instanceLabels = []string{"iname", "intf", "vrid"}
	addressLabels  = []string{"iname", "intf", "vrid", "ip_address"}
)

// instance defines a series for each vrrp_instance, with more labels behind.
func (g *group) instance(k kind, name, help string, more ...string) *series {
	return g.add(k, name, help, append(append([]string{}, instanceLabels...), more...)...)
}

// Those of mehdy/keepalived-exporter.
var (
	exporter = newGroup("As mehdy/keepalived-exporter has them")

	up              = exporter.add(gauge, "keepalived_up", "1 while the daemon tells its state.")
	exporterBuild   = exporter.add(gauge, "keepalived_exporter_build_info", "Always 1: what program tells this.", buildLabels...)
	vrrpState       = exporter.add(gauge, "keepalived_vrrp_state", "State of the instance, once for each virtual address: 0 INIT, 1 BACKUP, 2 MASTER, 3 FAULT.", addressLabels...)
	excludedState   = exporter.add(gauge, "keepalived_vrrp_excluded_state", "The same for each address of virtual_ipaddress_excluded.", addressLabels...)
	addressCheck    = exporter.add(gauge, "keepalived_exporter_check_script_status", "1 while the virtual address is where it belongs: on this host if the instance is MASTER, else not. (That exporter asks a script.)", addressLabels...)
	advertsReceived = exporter.instance(counter, "keepalived_advertisements_received_total", "Advertisements received.")
	advertsSent     = exporter.instance(counter, "keepalived_advertisements_sent_total", "Advertisements sent.")
	becameMaster    = exporter.instance(counter, "keepalived_become_master_total", "How often the instance became MASTER.")
	releasedMaster  = exporter.instance(counter, "keepalived_release_master_total", "How often it stopped being MASTER.")
	lengthErrors    = exporter.instance(counter, "keepalived_packet_length_errors_total", "Packets of a wrong length.")
	intervalErrors  = exporter.instance(counter, "keepalived_advertisements_interval_errors_total", "Packets with another advertisement interval than ours.")
	ttlErrors       = exporter.instance(counter, "keepalived_ip_ttl_errors_total", "Packets with another TTL than 255.")
	typeErrors      = exporter.instance(counter, "keepalived_invalid_type_received_total", "Packets of an unknown type.")
	addressErrors   = exporter.instance(counter, "keepalived_address_list_errors_total", "Packets with other virtual addresses than ours.")
	authInvalid     = exporter.instance(counter, "keepalived_authentication_invalid_total", "Packets of an unknown authentication type.")
	authMismatch    = exporter.instance(counter, "keepalived_authentication_mismatch_total", "Packets of another authentication type than ours.")
	authFailure     = exporter.instance(counter, "keepalived_authentication_failure_total", "Packets that failed authentication.")
	zeroReceived    = exporter.instance(counter, "keepalived_priority_zero_received_total", "Advertisements of priority 0 received: a MASTER said farewell.")
	zeroSent        = exporter.instance(counter, "keepalived_priority_zero_sent_total", "Advertisements of priority 0 sent.")
	garpDelay       = exporter.instance(counter, "keepalived_gratuitous_arp_delay_total", "garp_master_delay in seconds: a setting, and no counter, under the name that boards know.")
	scriptStatus    = exporter.add(gauge, "keepalived_script_status", "Result of a vrrp_script: 0 BAD, 1 GOOD.", "name")
	scriptState     = exporter.add(gauge, "keepalived_script_state", "What a vrrp_script does now: 0 idle, 1 running, 2 told to end.", "name")
)

// More of VRRP.
var (
	vrrp = newGroup("VRRP")

	basePriority      = vrrp.instance(gauge, "keepalived_vrrp_base_priority", "Priority in the configuration.")
	effectivePriority = vrrp.instance(gauge, "keepalived_vrrp_effective_priority", "Priority that counts, trackers included.")
	priorityInfo      = vrrp.instance(gauge, "keepalived_vrrp_priority_info", "Always 1: what speaks for or against the priority, or makes the FAULT; empty if nothing does.", "reason")
	wantedState       = vrrp.instance(gauge, "keepalived_vrrp_wanted_state", "State that the instance heads for, numbered as keepalived_vrrp_state.")
	standsAside       = vrrp.instance(gauge, "keepalived_vrrp_stands_aside", "1 while the instance was handed over by command and stands aside.")
	lastTransition    = vrrp.instance(gauge, "keepalived_vrrp_last_transition_timestamp_seconds", "When the state was entered, and why.", "reason")
	masterInfo        = vrrp.instance(gauge, "keepalived_vrrp_master_info", "Always 1: the MASTER that was heard last.", "master_ip")
	masterPriority    = vrrp.instance(gauge, "keepalived_vrrp_master_priority", "Its priority.")
	otherMasters      = vrrp.instance(counter, "keepalived_vrrp_other_master_seen_total", "Advertisements of another router received while MASTER: more than a few in a row mean two MASTERs.")
	checksumForm      = vrrp.instance(counter, "keepalived_vrrp_checksum_form_total", "Advertisements received by what their checksum covers: message, pseudo_header, or old_unicast (keepalived before 2.0).", "form")
	reasserted        = vrrp.instance(counter, "keepalived_vip_reasserted_total", "Virtual addresses that somebody else took off and that were put back.")
	checksumErrors    = vrrp.instance(counter, "keepalived_vrrp_checksum_errors_total", "Packets with a wrong checksum.")
	versionErrors     = vrrp.instance(counter, "keepalived_vrrp_version_errors_total", "Packets of another version than ours.")
	sourceErrors      = vrrp.instance(counter, "keepalived_vrrp_source_errors_total", "Packets from none of the unicast peers.")
	ahReplays         = vrrp.instance(counter, "keepalived_vrrp_ah_replay_total", "Packets with an old sequence number (auth_type AH).")
	extMissing        = vrrp.instance(counter, "keepalived_auth_ext_missing_total", "Packets without the trailer of auth_hmac.")
	extMalformed      = vrrp.instance(counter, "keepalived_auth_ext_malformed_total", "Packets whose trailer is none.")
	extUnknownKey     = vrrp.instance(counter, "keepalived_auth_ext_unknown_key_total", "Packets signed with a key that we have not.")
	extInvalid        = vrrp.instance(counter, "keepalived_auth_ext_invalid_hmac_total", "Packets with a wrong signature.")
	extStale          = vrrp.instance(counter, "keepalived_auth_ext_stale_total", "Packets signed outside of the time window.")
	extReplay         = vrrp.instance(counter, "keepalived_auth_ext_replay_total", "Packets that were heard before.")
	groupState        = vrrp.add(gauge, "keepalived_vrrp_sync_group_state", "State of a vrrp_sync_group, numbered as keepalived_vrrp_state.", "group")
	unknownVRIDs      = vrrp.add(counter, "keepalived_vrrp_unknown_vrid_total", "Packets of a virtual router that is not configured here.")
	badPackets        = vrrp.add(counter, "keepalived_vrrp_bad_packets_total", "Packets that are no VRRP.")
	sendFailures      = vrrp.add(counter, "keepalived_vrrp_send_failures_total", "Advertisements that the kernel did not take.")
	timerLateness     = vrrp.add(histogram, "keepalived_vrrp_timer_lateness_seconds", "How late deadlines of VRRP were seen. Those that fall together count once.")
)

// What is tracked.
var (
	tracked = newGroup("Trackers and BFD")

	trackedUp      = tracked.add(gauge, "keepalived_tracked_up", "1 while what is tracked is up; a kind is script, process or bfd.", "kind", "name")
	trackedValue   = tracked.add(gauge, "keepalived_tracked_value", "The number in a tracked file; how many tracked processes there are.", "kind", "name")
	scriptRuns     = tracked.add(counter, "keepalived_script_runs_total", "Runs of a vrrp_script by how they ended: success, failure, timeout. A run that was left out because the one before was still going on is skipped.", "name", "result")
	sessionUp      = tracked.add(gauge, "keepalived_bfd_session_up", "1 while a BFD session is up.", "name")
	sessionDowns   = tracked.add(counter, "keepalived_bfd_session_downs_total", "How often it went down.", "name")
	sessionPackets = tracked.add(counter, "keepalived_bfd_packets_total", "Packets of a session: sent, received, discarded.", "name", "what")
)

// Virtual and real servers.
var (
	servers = newGroup("Virtual and real servers")

	serverActive    = servers.add(gauge, "keepalived_virtual_server_active", "1 while this kernel balances the virtual server.", "vs")
	serverQuorum    = servers.add(gauge, "keepalived_virtual_server_quorum", "1 while it has its quorum.", "vs")
	serverSorry     = servers.add(gauge, "keepalived_virtual_server_sorry", "1 while its sorry server is used.", "vs")
	serverConns     = servers.add(counter, "keepalived_virtual_server_connections_total", "Connections since the service was put into the kernel's table.", "vs")
	serverPackets   = servers.add(counter, "keepalived_virtual_server_packets_total", "Packets, direction in or out (NAT alone sees out).", "vs", "direction")
	serverBytes     = servers.add(counter, "keepalived_virtual_server_bytes_total", "Octets, direction in or out.", "vs", "direction")
	serverOpen      = servers.add(gauge, "keepalived_virtual_server_open_connections", "Connections that the kernel has: active, inactive, persistent (templates).", "vs", "state")
	realUp          = servers.add(gauge, "keepalived_real_server_up", "1 while the real server is up.", "vs", "rs")
	realWeight      = servers.add(gauge, "keepalived_real_server_weight", "Its weight in the kernel if it is up.", "vs", "rs")
	realConfigured  = servers.add(gauge, "keepalived_real_server_configured_weight", "Its weight in the configuration.", "vs", "rs")
	realDrained     = servers.add(gauge, "keepalived_real_server_drained", "1 while it was told to take no new connections.", "vs", "rs")
	realConns       = servers.add(counter, "keepalived_real_server_connections_total", "Connections since it was put into the kernel's table.", "vs", "rs")
	realPackets     = servers.add(counter, "keepalived_real_server_packets_total", "Packets, direction in or out.", "vs", "rs", "direction")
	realBytes       = servers.add(counter, "keepalived_real_server_bytes_total", "Octets, direction in or out.", "vs", "rs", "direction")
	realOpen        = servers.add(gauge, "keepalived_real_server_open_connections", "Connections that the kernel has: active, inactive, persistent (templates).", "vs", "rs", "state")
	checkUp         = servers.add(gauge, "keepalived_real_server_check_up", "1 while the check holds the real server for up.", "vs", "rs", "check")
	checks          = servers.add(counter, "keepalived_real_server_checks_total", "Runs of the check by result: success or failure.", "vs", "rs", "check", "result")
	checkDuration   = servers.add(summary, "keepalived_real_server_check_duration_seconds", "How long all runs of the check took, and how many there were.", "vs", "rs", "check")
	checkLast       = servers.add(gauge, "keepalived_real_server_last_check_timestamp_seconds", "When the last run ended.", "vs", "rs", "check")
	checkLastTook   = servers.add(gauge, "keepalived_real_server_last_check_duration_seconds", "How long it took.", "vs", "rs", "check")
	checksScheduled = servers.add(gauge, "keepalived_checks_scheduled", "Checks that are run here.")
	checksRunning   = servers.add(gauge, "keepalived_checks_running", "Runs that are under way.")
	checksWaiting   = servers.add(gauge, "keepalived_checks_waiting", "Checks that are due and wait for a place.")
	checksLate      = servers.add(gauge, "keepalived_checks_lateness_p99_seconds", "How late the last 4096 runs began, 99th percentile.")
)

// The reconciler of IPVS.
var (
	ipvs = newGroup("The IPVS table")

	ipvsOps       = ipvs.add(counter, "keepalived_ipvs_reconcile_ops_total", "Writes to the kernel's table by what they do.", "operation")
	ipvsDrift     = ipvs.add(counter, "keepalived_ipvs_reconcile_drift_total", "Entries that somebody else changed and that were put right.")
	ipvsReads     = ipvs.add(summary, "keepalived_ipvs_reconcile_seconds", "How long reading the kernel's table took, and how often it was read.")
	ipvsErrors    = ipvs.add(counter, "keepalived_ipvs_reconcile_errors_total", "Readings that failed.")
	ipvsAgrees    = ipvs.add(gauge, "keepalived_ipvs_in_sync", "0 while the kernel does not take something that it should have.")
	ipvsLastCheck = ipvs.add(gauge, "keepalived_ipvs_last_reconcile_timestamp_seconds", "When the table was last read.")
)

// The daemon.
var (
	program = newGroup("The daemon")

	build           = program.add(gauge, "keepalived_build_info", "Always 1: version and build.", buildLabels...)
	reloadSuccess   = program.add(gauge, "keepalived_config_reload_success", "0 while the last reload had no effect.")
	reloadTime      = program.add(gauge, "keepalived_config_reload_timestamp_seconds", "Since when the configuration is in force.")
	reloads         = program.add(counter, "keepalived_config_reloads_total", "Reloads by result: success or refused.", "result")
	problems        = program.add(gauge, "keepalived_config_problems", "Findings in the configuration, hints included: holdfastctl check lists them.")
	processUp       = program.add(gauge, "keepalived_process_up", "1 while a process of the daemon runs and answers.", "role")
	processStart    = program.add(gauge, "keepalived_process_start_timestamp_seconds", "When it was started.", "role")
	processRestarts = program.add(counter, "keepalived_process_restarts_total", "How often it had to be started again.", "role")
	fifoLines       = program.add(counter, "keepalived_notify_fifo_lines_total", "Lines for a FIFO: written or dropped.", "fifo", "result")
	scriptsDropped  = program.add(counter, "keepalived_notify_scripts_dropped_total", "Notify scripts that were left out because one of the same instance hung.")
	mails           = program.add(counter, "keepalived_mails_total", "Mails: sent, failed or dropped.", "result")
)
