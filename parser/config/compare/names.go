package compare

import (
	"reflect"
	"regexp"
	"strings"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// field is a field of a struct of the model that is compared.
type field struct {
	index int
	id    string // "Instance.Priority"
	name  string // its keyword; empty for a part of an object without a name of its own
}

// fields are those of every struct of the model.
var fields = func() map[reflect.Type][]field {
	all := map[reflect.Type][]field{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch {
		case isLeaf(t):
			return
		case t.Kind() != reflect.Struct:
			walk(t.Elem())
			return
		case all[t] != nil:
			return
		}
		all[t] = []field{}
		for i := range t.NumField() {
			f := t.Field(i)
			id := t.Name() + "." + f.Name
			if skipped[id] || f.Name == "Pos" || !f.IsExported() {
				continue
			}
			name, ok := names[id]
			if !ok {
				name = snake(f.Name)
			}
			all[t] = append(all[t], field{index: i, id: id, name: name})
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[config.Config]())
	return all
}()

var (
	small  = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	abbrev = regexp.MustCompile(`([A-Z]+)([A-Z][a-z])`)
)

// snake writes a name of Go's as a keyword.
func snake(s string) string {
	s = abbrev.ReplaceAllString(small.ReplaceAllString(s, "${1}_${2}"), "${1}_${2}")
	return strings.ToLower(s)
}

// secrets are the fields whose values are not shown.
var secrets = map[string]bool{"Instance.AuthPass": true, "HMACKey.Key": true, "SSL.Password": true, "SSL.Key": true}

// skipped are the fields that say nothing of their own: how something was spelled, whether a default
// was written out, what follows from other settings, and what an object is matched by.
var skipped = fieldSet(`
	Global.ScriptAccount FIFO.UID FIFO.GID Checker.LogAllSet Checker.MiscTimeoutSet HTTPCheck.VirtualHostSet
	Instance.UnicastIgnored URL.RegexMaxSet Global.SMTPTimeoutSet Global.NetNSIPVSSet Global.RandomSeedSet Global.IncludeCheck
	Instance.Name Instance.StateSet Address.DevSet Route.Words Rule.Words
	VRRPScript.Name TrackFile.Name TrackProcess.Name BFD.Name TrackGroup.Name SyncGroup.Name Track.Name
	VirtualServerGroup.Name UnicastPeer.Addr HMACKey.ID InterfaceDelay.Interface LinkbeatInterface.Interface
	VirtualServer.Addr VirtualServer.Port VirtualServer.FWMark VirtualServer.Group
	RealServer.Addr RealServer.Port Checker.Type Checker.TrackFileSet URL.Path GarpGroup.Interfaces
	Address.Prefix Route.Dst Route.Family Route.Table Route.Metric Route.TOS Route.Type HTTPCheck.TLS
	TrackProcess.ParamMatchSet VMAC.GroupID IPVLAN.GroupID`)

// ordered are lists of words whose order means something.
var ordered = fieldSet(`Global.IPTables Global.IPSets TrackProcess.Params URL.RegexOptions`)

// unset are numbers of which -1 stands for none given.
var unset = fieldSet(`VirtualServer.Retry RealServer.Retry Instance.UnicastTTL UnicastPeer.MinTTL
	UnicastPeer.MaxTTL LVSSync.ID Route.Scope Global.Umask`)

func fieldSet(text string) map[string]bool {
	set := map[string]bool{}
	for _, f := range strings.Fields(text) {
		set[f] = true
	}
	return set
}

// bufferKeyword are the keywords of the receive buffers.
var bufferKeyword = map[string]string{
	"vrrp_cmd": "vrrp_netlink_cmd_rcv_bufs", "vrrp_monitor": "vrrp_netlink_monitor_rcv_bufs",
	"lvs_cmd": "lvs_netlink_cmd_rcv_bufs", "lvs_monitor": "lvs_netlink_monitor_rcv_bufs",
	"process_monitor": "process_monitor_rcv_bufs",
}

// names are the keywords of fields that are called otherwise. An empty name is that of a part of an
// object without a name of its own.
var names = parseNames(
	`Config: Global=global_defs Scripts=vrrp_script TrackFiles=track_file TrackProcesses=vrrp_track_process BFDs=bfd_instance
	SyncGroups=vrrp_sync_group Instances=vrrp_instance StaticAddresses=static_ipaddress StaticRoutes=static_routes
	StaticRules=static_rules TrackGroups=track_group GarpGroups=garp_group InterfaceDelays=interface_up_down_delays
	Linkbeat=linkbeat_interfaces SSL=SSL VirtualServerGroups=virtual_server_group VirtualServers=virtual_server`,
	`Global: NetNSIPVS=net_namespace_ipvs LinkbeatPoll=linkbeat_use_polling NamespaceIPSet=namespace_with_ipsets
	EmailFrom=notification_email_from EmailTo=notification_email SMTPPort=smtp_server-port SMTPHelo=smtp_helo_name
	SMTPTimeout=smtp_connect_timeout SMTPAlertCheck=smtp_alert_checker NoCheckerMails=no_checker_emails
	DynamicInterfacesChanges=dynamic_interfaces-allow_if_changes MulticastGroup4=vrrp_mcast_group4
	MulticastGroup6=vrrp_mcast_group6 GARP= GARPInterval=vrrp_garp_interval GNAInterval=vrrp_gna_interval
	DownTimerAdverts=vrrp_down_timer_adverts LowerPrioNoAdvert=vrrp_lower_prio_no_advert
	HigherPrioSendAdvert=vrrp_higher_prio_send_advert CheckUnicastSrc=vrrp_check_unicast_src
	SkipCheckAdvAddr=vrrp_skip_check_adv_addr Strict=vrrp_strict OwnerIgnoreAdverts=vrrp_owner_ignore_adverts
	NotifyPriorityChanges=vrrp_notify_priority_changes StartupDelay=vrrp_startup_delay
	DelayAfterBoot=vrrp_delay_after_boot LogUnknownVRIDs=log_unknown_vrids RxBufsPolicy=vrrp_rx_bufs_policy
	RxBufsMultiplier=vrrp_rx_bufs_multiplier FIFOStatesOnReload=fifo_write_vrrp_states_on_reload
	VRRPProcess=vrrp-process CheckerProcess=checker-process BFDProcess=bfd-process ScriptGroup=script_user-group
	ScriptSecurity=enable_script_security SupplementaryGroups=set_supplementary_groups IPTables=vrrp_iptables
	IPSets=vrrp_ipsets NFTables=nftables NFTablesPriority=nftables_priority NFTablesIfindex=nftables_ifindex
	NFTablesCounters=nftables_counters NFTablesIPVS=nftables_ipvs NFTablesIPVSPriority=nftables_ipvs_priority
	NFTablesIPVSFirstMark=nftables_ipvs_start_fwmark LVSSync=lvs_sync_daemon LogAllFailures=checker_log_all_failures
	SNMP= DBus=enable_dbus DBusService=dbus_service_name DBusNoInterface=dbus_no_interface_name
	ReloadCheck=reload_check_config ReloadCheckLog=reload_check_config-log TmpConfigDir=tmp_config_directory
	IPRouteUsrDir=iproute_usr_dir IPRouteEtcDir=iproute_etc_dir LVSActiveAlways=lvs_active-always`,
	`GARPSettings: Delay=garp_master_delay Repeat=garp_master_repeat Refresh=garp_master_refresh
	RefreshRepeat=garp_master_refresh_repeat LowerPrioDelay=garp_lower_prio_delay LowerPrioRep=garp_lower_prio_repeat
	MinGARP=vrrp_min_garp ExtraIf=garp_extra_if ExtraIfAll=garp_extra_if-all`,
	`ProcessSettings: Name=process_name Nice=priority NoSwap=no_swap RTPriority=rt_priority CPUs=cpu_affinity RLimitRTTime=rlimit_rttime`,
	`LVSSync: MaxLen=maxlen`,
	`SNMP: Socket=snmp_socket Traps=enable_traps VRRP=enable_snmp_vrrp RFCv2=enable_snmp_rfcv2 RFCv3=enable_snmp_rfcv3
	Checker=enable_snmp_checker VSStatsInterval=snmp_vs_stats_update_interval RSStatsUpdateInterval=snmp_rs_stats_update_interval`,
	`LVSTimeouts: TCPFin=tcpfin`,
	`LinkbeatInterface: Method=linkbeat_interfaces-method`,
	`TrackFile: Init=init_file InitValue=init_file-value Overwrite=init_file-overwrite VRRPOnly=vrrp_track_file`,
	`TrackProcess: Params=process-params`,
	`BFD: Source=source_ip Neighbour=neighbor_ip MultiHop=multihop`,
	`SyncGroup: Members=group TrackInterfaces=track_interface TrackScripts=track_script TrackFiles=track_file
	TrackProcesses=track_process TrackBFDs=track_bfd TrackingWeight=sync_group_tracking_weight
	NotifyPriorityChange=notify_priority_changes`,
	`Instance: Family=ip_family VRID=virtual_router_id Disabled=cannot-run Reason=cannot-run-because
	Addresses=virtual_ipaddress Excluded=virtual_ipaddress_excluded Routes=virtual_routes Rules=virtual_rules
	NoVIP=no_virtual_ipaddress MulticastSrc=mcast_src_ip MulticastDst=mcast_dst_ip UnicastSrc=unicast_src_ip
	UnicastPeers=unicast_peer FaultNoPeer=unicast_fault_no_peer CheckUniSrc=check_unicast_src
	OldChecksum=old_unicast_checksum TrackSrcIP=track_src_ip Auth=auth_type HMAC=auth_hmac NoPreempt=nopreempt
	Strict=strict_mode GARP= RxBufSize=kernel_rx_buf_size LinkbeatPoll=linkbeat_use_polling
	LVSSyncInterface=lvs_sync_daemon_interface VMAC=use_vmac IPVLAN=use_ipvlan TrackInterfaces=track_interface
	TrackScripts=track_script TrackFiles=track_file TrackProcesses=track_process TrackBFDs=track_bfd
	NotifyDeletedSet=notify_deleted-DELETED`,
	`HMAC: Keys=key Window=time_window Monotonic=anti_replay`,
	`VMAC: Group=netlink-group XmitBase=vmac_xmit_base AddrVMACs=use_vmac_addr`,
	`IPVLAN: Group=netlink-group`,
	`Address: Broadcast=broadcast BroadcastAll=broadcast-all DAD=-nodad MngTmpAddr=mngtmpaddr
	NoPrefixRte=noprefixroute AutoJoin=autojoin PreferredLft=preferred_lft PreferredSet=preferred_lft-given`,
	`Route: OnLink=onlink NextHops=nexthop Via2=via-other MTULock=mtu-lock`,
	`NextHop: OnLink=onlink Options=`,
	`Rule: Family= Action= Options=`,
	`TrackGroup: Instances=group`,
	`VirtualServerGroup: Entries=`,
	`GroupEntry: First=address Last=address FWMark=fwmark Family=ip_family`,
	`VirtualServer: Family=ip_family Scheduler=lvs_sched Method=lvs_method Flag1=flag-1 Flag2=flag-2 Flag3=flag-3
	Persistence=persistence_timeout Granularity=persistence_granularity Granularity6=persistence_granularity
	SorryInhibit=sorry_server_inhibit VirtualHost=virtualhost Inhibit=inhibit_on_failure RealServers=real_server`,
	`RealServer: Method=lvs_method UThreshold=uthreshold LThreshold=lthreshold Inhibit=inhibit_on_failure
	VirtualHost=virtualhost Checkers=`,
	`Checker: ConnectAddr=connect_ip BindAddr=bindto FWMark=fwmark MiscScript=misc_path HTTP= Helo=helo_name DNS= UDP=
	TrackFileWeight=weight TrackFileReverse=weight-reverse BFD=name`,
	`HTTPCheck: VirtualHost=virtualhost Protocol=http_protocol SNI=enable_sni URLs=url TLSCompliant=tls_compliant`,
	`URL: VirtualHost=virtualhost Status=status_code RegexMin=regex_min_offset RegexMax=regex_max_offset`,
	`UDPCheck: Reply=require_reply-text ReplyMask=require_reply-mask MinLen=min_reply_length MaxLen=max_reply_length`,
)

// parseNames reads lines of "Type: Field=name ...". A - in a name behind a keyword stands for a
// blank: the name is the keyword and what of it is meant.
func parseNames(lines ...string) map[string]string {
	all := map[string]string{}
	for _, l := range lines {
		t, fields, _ := strings.Cut(l, ":")
		for _, f := range strings.Fields(fields) {
			field, name, _ := strings.Cut(f, "=")
			if !keywords[name] {
				name = strings.ReplaceAll(name, "-", " ")
			}
			all[t+"."+field] = name
		}
	}
	return all
}

// keywords are all names of keywords.
var keywords = func() map[string]bool {
	all := map[string]bool{}
	for _, k := range config.Keywords() {
		all[k.Name] = true
	}
	return all
}()
