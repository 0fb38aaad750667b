package ledger

import (
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// decodes names the tests that every keyword has: an example of what the model shows of it.
const decodes = "parser/config.TestEveryKeywordIsSeenInTheModel"

// proof names a test that shows the effect of keywords. Test is the directory and the name.
type proof struct {
	test string
	rows string // contexts with their keywords: "context: keyword keyword; context: keyword", · for a blank in one
}

// proofs are looked through in order; the first that names a keyword counts.
var proofs = []proof{
	{"parser.TestIncludesAreReadInPlace", "(anywhere): include"},
	{"parser.TestIncludeChecksDecideWhatAMissingFileCosts", "(anywhere): includer includem includew includeb includea; global_defs: include_check"},
	{"parser.TestDefinitionsExpandAsInKeepalived", "(anywhere): $NAME= $NAME ${NAME}"},
	{"parser.TestDefinitionsOfSeveralLines", `(anywhere): \`},
	{"parser.TestPredefinedNames", "(anywhere): $_PWD $_INSTANCE ${_RANDOM} ${_ENV} $_HASH $_BANG"},
	{"parser/config.TestRandomSeedMakesEveryReadingTheSame", "global_defs: random_seed"},
	{"parser/config.TestNamesComeFromTheDirectoriesOfTheFile", "global_defs: iproute_usr_dir iproute_etc_dir"},
	{"parser.TestSequencesRepeatLines", "(anywhere): ~SEQ ~LST"},
	{"parser.TestConditionsChooseLines", "(anywhere): @ID @^ID"},
	{"parser.TestCommentsEndLines", "(anywhere): !·and·#"},
	{"parser.TestBracesStandAnywhere", "(anywhere): {·}"},
	{"parser.TestWordsSplitAsInKeepalived", `(anywhere): " (value·list·word)`},
	{"parser.TestLinesThatKeepalivedDoesNotReadWhole", "(anywhere): (line·length)"},
	{"parser.TestQuotedWordsHonourQuotesAndEscapes", "(anywhere): (quoted·script·escapes)"},

	{"internal/daemon.TestNSDaemonRunsInTheNamespaceOfItsConfiguration", "top: net_namespace"},
	{"internal/wiring.TestIPVSNamespaceWithoutANameIsTheDefaultOne", "top: net_namespace_ipvs"},
	{"internal/daemon.TestPathsFollowKeepalived", "top: use_pid_dir instance"},
	{"internal/daemon.TestDumpsGoWhereTheConfigurationSays", "global_defs: data_use_instance"},
	{"internal/daemon.TestNSProcessesHaveTheNamesOfTheConfiguration", "global_defs: process_names process_name vrrp_process_name bfd_process_name"},
	{"internal/daemon.TestNSProcessHasTheSchedulingOfTheConfiguration", "global_defs: vrrp_priority vrrp_no_swap vrrp_cpu_affinity vrrp_rlimit_rttime vrrp_rlimit_rtime bfd_priority bfd_no_swap bfd_rt_priority bfd_cpu_affinity bfd_rlimit_rttime bfd_rlimit_rtime"},
	{"internal/lab/scenario.TestProcessSettings", "global_defs: checker_process_name lvs_process_name checker_priority checker_no_swap checker_rt_priority checker_rlimit_rttime checker_rlimit_rtime"},
	{"internal/daemon.TestEachProcessGetsItsOwnSettings", "global_defs: checker_cpu_affinity"},
	{"internal/daemon.TestNSScriptsOfTheEdgesRunBeforeAndAfterEverything", "global_defs: startup_script shutdown_script umask"},
	{"internal/daemon.TestNSListensForHTTPOnlyWhereAskedTo", "global_defs: status_listen metrics_listen"},
	{"internal/web.TestActionsNeedTheToken", "global_defs: status_token_file"},
	{"internal/daemon.TestNSWhatHangsAtTheEdgesIsEnded", "top: child_wait_time; global_defs: startup_script_timeout shutdown_script_timeout"},
	{"internal/daemon.TestNSReloadFileIsThereWhileTheConfigurationIsRead", "global_defs: reload_file"},
	{"internal/daemon.TestNSWalksAndTrapsAreThoseOfKeepalived", "global_defs: snmp_socket enable_traps enable_snmp_vrrp enable_snmp_keepalived enable_snmp_rfc"},
	{"internal/mib.TestPartsThatNobodyAskedForAreNotThere", "global_defs: enable_snmp_rfcv2"},
	{"internal/mib.TestEveryVariableIsFoundAloneAndInOrder", "global_defs: enable_snmp_rfcv3"},
	{"internal/mib.TestVirtualServersAreShownWithTheirState", "global_defs: enable_snmp_checker; virtual_server: snmp_name; virtual_server/real_server: snmp_name"},
	{"internal/daemon.TestTrafficIsReadNoMoreOftenThanConfigured", "global_defs: snmp_vs_stats_update_interval snmp_rs_stats_update_interval"},
	{"internal/daemon.TestNSDBusIsThatOfKeepalived", "global_defs: enable_dbus dbus_service_name"},
	{"internal/daemon.TestInstanceWithoutInterfaceHasItsNameOnTheBus", "global_defs: dbus_no_interface_name"},
	{"internal/datafile.TestJSONHasKeepalivedsForm", "global_defs: json_version"},
	{"internal/daemon.TestNSReloadComesAtTheTimeInTheFile", "global_defs: reload_time_file reload_repeat"},
	{"internal/daemon.TestNSDumpsOfStateAndReloadsGoWhereTheConfigurationSays", "global_defs: state_dump_file config_save_dir"},
	{"internal/daemon.TestNSInterfaceMayComeAfterTheDaemon", "global_defs: dynamic_interfaces"},
	{"internal/daemon.TestReloadCheckMindsWhatConfigTestMinds", "global_defs: reload_check_config"},
	{"internal/daemon.TestSyncDaemonNeedsTheLVSProcess", "vrrp_instance: lvs_sync_daemon_interface"},
	{"vrrp/speaker.TestNSRealtimeReachesAllThreads", "global_defs: vrrp_rt_priority"},
	{"internal/wiring.TestScriptWithAColonGroupHasSupplementaryGroups", "global_defs: set_supplementary_groups"},
	{"internal/script.TestScriptSecurityFollowsKeepalivedsRules", "global_defs: enable_script_security"},
	{"internal/daemon.TestScriptBehindALinkIsExecutedByThePathThatIsAskedFor", "global_defs: use_symlink_paths"},
	{"internal/script.TestAccountIsThatOfTheCommand", "global_defs: script_user; virtual_server/real_server/MISC_CHECK: user"},
	{"internal/director.TestTimeoutsAreSetAndPutBack", "global_defs: lvs_timeouts"},
	{"internal/director.TestFlushAtStartSparesWhatIsOurs", "global_defs: lvs_flush"},
	{"internal/director.TestStopLeavesWhatTheSettingsSay", "global_defs: lvs_flush_on_stop lvs_flush_onstop"},
	{"internal/lab/scenario.TestSynchronisedConnections", "global_defs: lvs_sync_daemon"},
	{"internal/director.TestInitialNotifiesAndOmega", "global_defs: rs_init_notifies; virtual_server: omega"},
	{"internal/director.TestDriftIsRepairedCountedAndLoggedAndForeignServicesStay", "global_defs: lvs_reconcile_interval"},
	{"internal/wiring.TestGroupsAreServicesByMarkWhereNFTablesMarksThem", "global_defs: nftables_ipvs"},
	{"internal/firewall.TestNSMarksAreThoseOfKeepalived", "global_defs: nftables_ipvs_priority"},
	{"internal/wiring.TestMarksOutliveAReloadAndPassOverThoseOfTheConfiguration", "global_defs: nftables_ipvs_start_fwmark"},
	{"internal/director.TestEqualChecksShareAProbeWhereAsked", "global_defs: share_probes"},
	{"lvs.TestWeightGrowsAfterARecovery", "virtual_server/real_server: slow_start"},
	{"internal/wiring.TestGatingRule", "global_defs: lvs_active; virtual_server: follow_vrrp; virtual_server-address: group"},
	{"vrrp.TestHandoverForwardsUntilTheSuccessorIsHeard", "global_defs: handover"},
	{"vrrp.TestRule22NothingIsHeardOrAnnouncedDuringTheStartupDelay", "global_defs: vrrp_startup_delay vrrp_delay_after_boot"},
	{"vrrp.TestRule19LowerPrioNoAdvertKeepsQuiet", "global_defs: vrrp_lower_prio_no_advert; vrrp_instance: lower_prio_no_advert"},
	{"vrrp.TestHigherPriorityEndsMaster", "global_defs: vrrp_higher_prio_send_advert; vrrp_instance: higher_prio_send_advert"},
	{"vrrp.TestOwnerIgnoreAdverts", "global_defs: vrrp_owner_ignore_adverts; vrrp_instance: owner_ignore_adverts"},
	{"vrrp.TestVerdicts", "global_defs: vrrp_skip_check_adv_addr v3_checksum_as_v2; vrrp_instance: skip_check_adv_addr v3_checksum_as_v2 check_unicast_src unicast_peer authentication version; vrrp_instance/authentication: auth_pass"},
	{"vrrp.TestVerdictOnAH", "vrrp_instance/authentication: auth_type"},
	{"vrrp.TestRules1to3AndStartTimers", "global_defs: vrrp_down_timer_adverts; vrrp_instance: down_timer_adverts state priority advert_int"},
	{"vrrp.TestRule21AdvertisementGoesOutBeforeAddressesAndAnnouncements", "global_defs: vrrp_garp_master_delay vrrp_garp_master_repeat vrrp_garp_master_refresh vrrp_garp_master_refresh_repeat; vrrp_instance: garp_master_delay garp_master_repeat garp_master_refresh garp_master_refresh_repeat"},
	{"vrrp.TestRule19MasterAnswersALosingAdvert", "global_defs: vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat; vrrp_instance: garp_lower_prio_delay garp_lower_prio_repeat"},
	{"vrrp/speaker.TestAnnouncementsKeepTheGap", "global_defs: vrrp_garp_interval vrrp_gna_interval"},
	{"vrrp/speaker.TestInterfacesOfOneGroupShareTheGap", "garp_group: garp_interval gna_interval interface interfaces; top: garp_group"},
	{"vrrp/speaker.TestInterfaceDelaysDebounce", "top: interface_up_down_delays"},
	{"vrrp/speaker.TestNSLocalGroupsAreNotReportedWhereTheyShallNotBe", "global_defs: disable_local_igmp; vrrp_instance: promote_secondaries"},
	{"vrrp/speaker.TestNSUnknownRoutersAreLoggedWhereAsked", "global_defs: log_unknown_vrids"},
	{"vrrp/speaker.TestNSReceiveBufferIsAsLargeAsAsked", "global_defs: vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier; vrrp_instance: kernel_rx_buf_size"},
	{"internal/rtnl.TestNSReceiveBuffersAreAsLargeAsAsked", "global_defs: vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force"},
	{"lvs/ipvs.TestNSRequestsHaveTheBufferThatIsAskedFor", "global_defs: lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force"},
	{"vrrp/speaker.TestOldUnicastChecksumIsSentToWhoeverSendsIt", "vrrp_instance: old_unicast_checksum"},
	{"internal/procmon.TestNSReceiveBufferIsAsLargeAsAsked", "global_defs: process_monitor_rcv_bufs process_monitor_rcv_bufs_force"},
	{"internal/firewall.TestNSPacketsToShutAddressesAreDropped", "global_defs: nftables nftables_priority nftables_ifindex nftables_counters vrrp_iptables vrrp_ipsets"},
	{"internal/wiring.TestVRRPWordsReachTheSettings", "track_group: group; top: global_defs track_group; global_defs: default_interface vrrp_mcast_group4 vrrp_mcast_group6 vrrp_min_garp vrrp_version vrrp_strict; vrrp_sync_group: global_tracking sync_group_tracking_weight; vrrp_instance: native_ipv6 accept strict_mode; route-entry: vrf"},
	{"internal/wiring.TestWordsThatLetADaemonStart", "vrrp_instance: no_virtual_ipaddress"},
	{"vrrp/speaker.TestNSAddressKeepsItsVirtualMACOverAFailover", "vrrp_instance: use_vmac"},
	{"vrrp/speaker.TestNSElectionWithKeepalived", "vrrp_instance: vmac_xmit_base"},
	{"internal/lab/scenario.TestInteropVMAC", "vrrp_instance: use_ipvlan"},
	{"vrrp/speaker.TestInterfacesWithoutAdvertsAreAnnouncedNowAndThen", "global_defs: vrrp_garp_extra_if vrrp_vmac_garp_intvl; vrrp_instance: garp_extra_if vmac_garp_intvl"},
	{"vrrp.TestHeldUpMasterStepsBackWhereAsked", "vrrp_instance: timer_expired_backup thread_timer_expired"},
	{"vrrp/speaker.TestSilentInterfaceIsDownWhateverNetlinkSays", "top: linkbeat_use_polling linkbeat_interfaces; vrrp_instance: linkbeat_use_polling"},
	{"internal/daemon.TestLateAdvertisementsRaiseThePriorityToItsLimit", "global_defs: max_auto_priority"},
	{"internal/daemon.TestTimersThatAreLateRaiseThePriority", "global_defs: min_auto_priority_delay"},
	{"internal/lab/scenario.TestVRF", "vrrp_instance: vrf"},
	{"internal/wiring.TestDevicesAreNamedAndCarryWhatTheyShall", "vrrp_instance: use_vmac_addr; address-entry: use_vmac; global_defs: vmac_prefix vmac_addr_prefix"},
	{"vrrp/speaker.TestNSSyncGroupMovesTogether", "top: vrrp_sync_group; vrrp_sync_group: group"},
	{"internal/daemon.TestNSSessionMovesThePriorityAndSaysWhy", "top: bfd_instance; vrrp_instance: track_bfd; bfd_instance: neighbor_ip"},
	{"parser/config.TestSessionsAreThereForThoseTheyAreMeantFor", "bfd_instance: vrrp checker"},
	{"internal/daemon.TestNSSessionOutlivesTheBFDProcessAndReloads", "bfd_instance: weight"},
	{"internal/wiring.TestSessionIsTrackedByAnInstanceOrForItByItsGroup", "vrrp_sync_group: track_bfd"},
	{"bfd.TestIntervalsAreAgreedOn", "bfd_instance: min_tx min_rx multiplier"},
	{"bfd.TestWhileNotUpASessionSendsOncePerIdleInterval", "bfd_instance: idle_tx"},
	{"bfd.TestPassiveSaysNothingUntilItIsSpokenTo", "bfd_instance: passive"},
	{"bfd.TestPacketsThatAreNotForTheSessionChangeNothing", "bfd_instance: max_hops"},
	{"bfd/speaker.TestNSSessionsComeUpGoDownAndComeBack", "bfd_instance: multihop"},
	{"bfd/speaker.TestNSPacketsFromTooFarAreNotTaken", "bfd_instance: ttl hoplimit"},
	{"bfd/speaker.TestNSWhatCannotBeSentOrHeardIsSaidOnceAndTriedAgain", "bfd_instance: source_ip"},
	{"internal/wiring.TestGroupTracksForItsMembers", "vrrp_sync_group: track_interface track_script track_file track_process"},
	{"internal/daemon.TestNSTrackersMoveThePriorityAndSayWhy", "top: vrrp_script track_file vrrp_track_process; vrrp_instance: track_script track_file track_process; vrrp_script: script interval user; track_file: file; vrrp_track_process: process"},
	{"internal/daemon.TestNSScriptThatHangsFailsAndDelaysNothing", "vrrp_script: timeout"},
	{"track.TestAmounts", "vrrp_script: weight; track_file: weight; vrrp_track_file: weight; vrrp_track_process: weight"},
	{"track.TestRiseAndFallCountResultsInARow", "vrrp_script: rise fall"},
	{"track.TestInitFailIsDownUntilItHasRisen", "vrrp_script: init_fail"},
	{"track.TestProcessesHaveAQuorumOnBothSidesAndDelays", "vrrp_track_process: quorum quorum_max fork_delay terminate_delay delay"},
	{"internal/procmon.TestMatchesComparesAsKeepalivedDoes", "vrrp_track_process: param_match full_command"},
	{"internal/filewatch.TestWhatHappensToAFileIsTold", "top: vrrp_track_file; vrrp_track_file: file"},
	{"internal/tracking.TestFilesAreMadeAtTheirFirstUse", "track_file: init_file; vrrp_track_file: init_file"},
	{"internal/notify.TestChangesAreToldInKeepalivedsWords", "vrrp_sync_group: notify notify_master notify_backup notify_fault notify_stop smtp_alert notify_priority_changes; vrrp_instance: notify_master notify_backup notify_fault notify_stop notify_master_rx_lower_pri notify_priority_changes smtp_alert; global_defs: router_id smtp_alert smtp_alert_vrrp vrrp_notify_priority_changes"},
	{"internal/notify.TestALifeIsTold", "global_defs: no_email_faults fifo_write_vrrp_states_on_reload"},
	{"internal/notify.TestAReaderGetsThePathAndAllLinesToTheLast", "global_defs: notify_fifo_script vrrp_notify_fifo_script lvs_notify_fifo_script"},
	{"internal/notify.TestEachFIFOGetsItsOwnLines", "global_defs: vrrp_notify_fifo lvs_notify_fifo"},
	{"internal/daemon.TestNSFIFOAndMailTellTheLifeOfAnInstance", "global_defs: notify_fifo notification_email notification_email_from smtp_server smtp_helo_name"},
	{"internal/mail.TestAServerThatHangsDelaysNothingAndTheOldestGiveWay", "global_defs: smtp_connect_timeout"},
	{"internal/notify.TestChangesOfServersAreToldInKeepalivedsWords", "global_defs: smtp_alert_checker; virtual_server: smtp_alert"},
	{"internal/director.TestEveryFailureIsLoggedWhereAsked", "virtual_server/real_server/TCP_CHECK: log_all_failures; virtual_server/real_server/MISC_CHECK: log_all_failures"},
	{"internal/wiring.TestOtherWordsReachTheSettings", "global_defs: checker_log_all_failures; bfd_instance: neighbour_ip"},
	{"internal/director.TestChecksAreReportedForMail", "global_defs: no_checker_emails; virtual_server/real_server: smtp_alert"},
	{"internal/notify.TestScriptsOfWhatAReloadRemovesAreStillRun", "vrrp_instance: notify_deleted"},
	{"internal/daemon.TestNSNotifyScriptsAndDumps", "vrrp_instance: notify"},
	{"internal/daemon.TestNSDaemonBecomesMasterAndHandsOverAtTheStop", "top: vrrp_instance; vrrp_instance: interface virtual_router_id virtual_ipaddress"},
	{"vrrp.TestRule18NoPreemptAcceptsALowerPriority", "vrrp_instance: nopreempt preempt"},
	{"vrrp.TestPreemptDelayHoldsALowerMasterForItsTimeOnly", "vrrp_instance: preempt_delay"},
	{"vrrp.TestWeightsMakeTheEffectivePriority", "vrrp_instance: track_interface"},
	{"vrrp/speaker.TestNSTrackedSourceAddressThatGoesIsAFault", "vrrp_instance: track_src_ip"},
	{"internal/wiring.TestInstanceVariants", "vrrp_instance: dont_track_primary unicast_fault_no_peer unicast_src_ip mcast_src_ip"},
	{"internal/wiring.TestInstanceBecomesSettings", "vrrp_instance: unicast_ttl virtual_ipaddress_excluded mcast_dst_ip; address-entry: dev"},
	{"vrrp/speaker.TestKernelAddressHasTheConfiguredProperties", "address-entry: <ip[/len]> scope label broadcast brd peer -nodad noprefixroute preferred_lft home mngtmpaddr autojoin"},
	{"vrrp/speaker.TestRemovedStaticAddressIsPutBackUnlessItIsNotTracked", "top: static_ipaddress; address-entry: no_track"},
	{"vrrp/speaker.TestStaticRoutesStayAsLongAsTheDaemonRuns", "top: static_routes static_rules"},
	{"vrrp/speaker.TestRouteWithoutTrackingStaysAway", "route-entry: no_track; rule-entry: no_track"},
	{"vrrp/speaker.TestLossOfAStaticRouteConcernsItsTrackGroup", "address-entry: track_group; route-entry: track_group; rule-entry: track_group"},
	{"internal/lab/scenario.TestInterop3", "vrrp_instance: virtual_routes virtual_rules no_accept"},
	{"internal/wiring.TestNSEveryWordOfARouteIsAsIPPutsIt", "route-entry: inet inet6 [to]·[<type>]·<prefix> src via gw dev oif table metric priority preference protocol scope tos dsfield from onlink encap expires mtu advmss cwnd ssthresh reordering rtt rttvar rto_min hoplimit window initcwnd initrwnd realms features quickack fastopen_no_cookie congctl pref nexthop or; encap-entry: ip ip6"},
	{"internal/wiring.TestNSEveryWordOfARuleIsAsIPPutsIt", "rule-entry: inet inet6 not from to iif dev oif tos dsfield fwmark tunnel-id uidrange l3mdev protocol ipproto sport dport suppress_prefixlength sup_pl suppress_ifgroup sup_group realms table lookup type goto nop blackhole unreachable prohibit preference priority order"},
	{"internal/wiring.TestNSRouteStandsWhereItIsSaidTo", "route-entry: add prepend append"},
	{"internal/rtnl.TestTTLPropagationIsOnTheWire", "route-entry: ttl-propagate"},
	{"internal/rtnl.TestEncapsulationsOnTheWire", "encap-entry: mpls ila"},

	{"vrrp/speaker.TestNSSignedRoutersHearEachOther", "vrrp_instance: auth_hmac"},
	{"vrrp.TestEachTrailerHasItsVerdict", "vrrp_instance/auth_hmac: key time_window mode"},
	{"vrrp.TestKeysAreRotatedByReloadsWithoutALostAdvertisement", "vrrp_instance/auth_hmac: active_key"},
	{"vrrp.TestMonotonicStampsNeedNoClock", "vrrp_instance/auth_hmac: anti_replay"},

	{"lvs.TestQuorumHasHysteresisAndTheSorryServerStandsIn", "virtual_server: quorum hysteresis sorry_server"},
	{"lvs.TestInhibitedSorryServerHasWeightZeroUntilItIsNeeded", "virtual_server: sorry_server_inhibit"},
	{"lvs.TestAlphaStartsWithTheSorryServerUntilChecksPass", "virtual_server: alpha; virtual_server/real_server: alpha"},
	{"lvs.TestRealServerIsUpOnlyWhenNoCheckFails", "virtual_server/real_server: TCP_CHECK"},
	{"lvs.TestGatedServicesAreInTheKernelOnlyWhileMaster", "top: virtual_server"},
	{"internal/wiring.TestGroupBecomesOneServiceForEachAddress", "top: virtual_server_group; vsg-entry: <ip>·[<port>] <ip>-<N>·[<port>] <ip>-<ip>·[<port>] <ip>/<mask>·[<port>] fwmark"},
	{"internal/lab/scenario.TestForwarding", "virtual_server: lb_kind lvs_method; virtual_server/real_server: lvs_method; virtual_server-address: <ip>·[<port>]; lb_kind-options: type·ipip"},
	{"internal/lab/scenario.TestMarkedByMAC", "virtual_server-address: fwmark"},
	{"lvs/ipvs.TestKernelTakesEverySchedulerAndReadsItBack", "virtual_server: lb_algo lvs_sched"},
	{"lvs/ipvs.TestKernelTakesEveryOptionAndReadsItBack", "virtual_server: ops flag-1 flag-2 flag-3 sh-port sh-fallback mh-port mh-fallback persistence_timeout persistence_granularity protocol ip_family; virtual_server/real_server: weight uthreshold lthreshold; lb_kind-options: type·gue type·gre"},
	{"lvs/ipvs.TestKernelKeepsThePersistenceEngineOverAnEdit", "virtual_server: persistence_engine"},
	{"internal/director.TestChecksOfSuspendedServersRunOnlyWhileActive", "virtual_server: ha_suspend"},
	{"internal/director.TestNotifyScriptsRunInOrderAndNeverBlockTheLoop", "virtual_server: quorum_up quorum_down; virtual_server/real_server: notify_up notify_down"},
	{"internal/wiring.TestVirtualServerBecomesSettings", "virtual_server: sorry_server_lvs_method real_server weight inhibit_on_failure; virtual_server/real_server: inhibit_on_failure; virtual_server/real_server/TCP_CHECK: connect_ip connect_port"},
	{"internal/director.TestRealServerLeavesAfterItsRetriesAndReturnsAtOnce", "virtual_server: retry; virtual_server/real_server: retry; virtual_server/real_server/TCP_CHECK: retry; virtual_server/real_server/MISC_CHECK: retry"},
	{"checkers.TestChecksComeWhenKeepalivedMakesThem", "virtual_server: delay_loop delay_before_retry; virtual_server/real_server: delay_loop delay_before_retry; virtual_server/real_server/TCP_CHECK: delay_loop delay_before_retry; virtual_server/real_server/MISC_CHECK: delay_loop delay_before_retry"},
	{"checkers.TestFirstCheckComesWithinTheWarmup", "virtual_server: warmup; virtual_server/real_server: warmup; virtual_server/real_server/TCP_CHECK: warmup; virtual_server/real_server/MISC_CHECK: warmup"},
	{"checkers/tcp.TestSilentServerTimesOut", "virtual_server: connect_timeout; virtual_server/real_server: connect_timeout; virtual_server/real_server/TCP_CHECK: connect_timeout"},
	{"checkers/tcp.TestLocalAddressAndPortAreUsed", "virtual_server/real_server/TCP_CHECK: bindto bind_port bind_if"},
	{"checkers/tcp.TestMarkIsSetWhereAllowed", "virtual_server/real_server/TCP_CHECK: fwmark"},
	{"internal/wiring.TestAlphaIsThatOfTheChecks", "virtual_server/real_server/TCP_CHECK: alpha; virtual_server/real_server/MISC_CHECK: alpha"},
	{"internal/director.TestChecksFollowTheirSession", "virtual_server/real_server: BFD_CHECK; virtual_server/real_server/BFD_CHECK: name"},
	{"internal/director.TestAlphaCheckOfASessionNobodyKnowsIsDown", "virtual_server/real_server/BFD_CHECK: alpha"},
	{"checkers/misc.TestExitStatusDecides", "virtual_server/real_server: MISC_CHECK"},
	{"checkers/misc.TestScriptIsRun", "virtual_server/real_server/MISC_CHECK: misc_path"},
	{"internal/script.TestTimeoutEndsTheWholeGroup", "virtual_server/real_server/MISC_CHECK: misc_timeout"},
	{"internal/director.TestDynamicWeightIsFollowedAndGivenBack", "virtual_server/real_server/MISC_CHECK: misc_dynamic"},
}

// idle are the keywords that work as in keepalived by doing nothing.
var idle = map[string]bool{
	"route-entry: as": true, // reported and ignored

	web + ": enable_sni": true, // there is no handshake
	web + ": sni_name":   true,
}

// proofOf is the test that proves what the ledger says of a keyword.
func proofOf(k config.Keyword) string {
	if k.Effect != config.Moot && k.Kind != config.Removed {
		if test := effects[k.Context+": "+k.Name]; test != "" {
			return test
		}
	}
	return decodes
}

// effects are the proofs by "context: keyword".
var effects = func() map[string]string {
	m := map[string]string{}
	for _, p := range slices.Concat(proofs, checkProofs) {
		for section := range strings.SplitSeq(p.rows, ";") {
			context, keywords, _ := strings.Cut(strings.TrimSpace(section), ": ")
			for _, name := range strings.Fields(keywords) {
				key := context + ": " + strings.ReplaceAll(name, "·", " ")
				if m[key] == "" {
					m[key] = p.test
				}
			}
		}
	}
	return m
}()
