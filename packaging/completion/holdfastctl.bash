# Generated: go test -update; see internal/completion.
_holdfast_ask() {
    local line=${COMP_LINE:0:COMP_POINT} word w after=
    local -a typed given=()
    read -ra typed <<< "$line"
    [[ $line == *' ' ]] && typed+=('')
    word=${typed[-1]}
    for w in "${typed[@]:1:${#typed[@]}-2}"; do
        [[ $after && $w != -* ]] && given+=("$w")
        [[ $w == "$command" ]] && after=1
    done
    mapfile -t COMPREPLY < <(compgen -W "$(holdfastctl "$1" "${given[@]}" 2>/dev/null)" -- "$word")
    [[ $word == *:* && $COMP_WORDBREAKS == *:* ]] && COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}")
}
_holdfastctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            check|explain|fmt|expand|diff|keyword|import|doctor|realserver|genhash|plan|swap|handover|drain|undrain|weight|replay|watch|events|top|status) command=${COMP_WORDS[i]}; break ;;
        esac
    done
    case $command in
        check)
            case $prev in
                --ignore) COMPREPLY=($(compgen -W 'address address-broadcast address-broadcast-length address-broadcast-peer address-broadcast-v6 address-dev-twice address-in-use address-invalid address-label-long address-label-v6 address-lifetime address-limit address-link-local address-none address-peer address-peer-family address-peer-length address-peer-twice address-remover address-rest address-scope address-scope-v6 address-value address-word advert-fast advert-rounded advert-slow adverts-odd ah-master alert-nobody auth-ah auth-ignored auth-pass-alone auth-pass-length auth-plain auth-type backslash bfd-hops bfd-name bfd-neighbour bfd-twice bfd-unknown block-limit boolean byte-order-mark check-link-local check-none check-overlap check-slow check-twice check-udp-by-tcp conntrack-full conntrack-off decimals definition-loop definition-terminator definition-unknown deprecated depth-limit digest digest-twice director-real-server dns-name dns-name-twice dns-type duplicate-address duplicate-name duplicate-peer empty encap-target encap-type encap-value environment-unset expansion-length expansion-limit extra-close extra-words families-apart families-mixed family family-mixed file-ambiguous file-missing file-skipped file-unreadable follow-none follow-several follow-vrrp-unknown forwarding-method fwmark-range gap-regex garp-interfaces garp-interval garp-no-refresh garp-once group group-address group-empty group-family group-family-open group-fwmark group-fwmark-family group-mask group-mask-bits group-member group-range-end group-range-order group-single group-unknown ha-suspend-fwmark helo-twice hex hidden-gone hmac-active-key hmac-auth hmac-key hmac-key-exposed hmac-strict http-protocol hysteresis-quorum include-limit include-loop include-missing include-unreadable init-value interface-loopback interface-missing interface-multicast interface-name interface-none interface-unknown ip-family ip-family-conflict ip-forward iptables ipvlan-address ipvs-missing keepalived-habit lacking line-length listen lro master-owner masters-heard method-missing misc-path-missing missing-close missing-open missing-parameter multicast multicast-scope name name-length namespace-missing nat-sync-group nesting-limit nexthop-weight no-accept no-accept-server no-real-server nopreempt-master nopreempt-weight not-examined notify-same nul-byte ops-protocol option owner-ignore owner-priority pair-addresses pair-advert pair-alone pair-auth pair-checksum pair-hmac pair-nopreempt pair-peers pair-preempt-delay pair-priority pair-real-server pair-state pair-strict pair-sync-daemon pair-sync-group pair-sync-order pair-transport pair-version pair-virtual-server pair-vmac pair-vrid pair-weight path-missing persistence-engine persistence-granularity persistence-group persistence-inhibit port-fwmark port-mismatch port-range port-zero preempt-delay prefix-length prefix-length-missing problem-limit process-missing process-name protocol protocol-fwmark protocol-missing quorum-all quorum-idle quorum-range quorum-weight quote quote-unterminated range real-server-refuses real-server-routed real-server-twice real-server-unreachable real-server-vip regex-missing regex-offset regex-stack regex-twice regex-words reply-filtered reply-length route-as route-destination route-family route-family-swallows route-from-v4 route-gw route-only-v6 route-or route-or-nexthop route-protocol route-time route-time-low route-track-group route-value route-vrf route-word rs-arp-announce rs-arp-ignore rs-nat-gateway rs-not-listening rs-own-address rs-service-filtered rs-tunnel-filtered rs-tunnel-missing rs-tunnel-mss rs-tunnel-rp-filter rs-udp-wildcard rs-vip-link rs-vip-mask rs-vip-missing rule-action rule-action-twice rule-family rule-family-swallows rule-goto rule-goto-backwards rule-goto-preference rule-no-action rule-no-preference rule-preference rule-protocol rule-table rule-table-only rule-track-group rule-value rule-word sample-mail sample-vrid scheduler scheduler-flag scheduler-missing scheduler-module script-default-user script-group script-insecure script-interpreter script-missing script-not-executable script-security script-shell script-slow script-symlink script-syntax script-twice script-unreachable script-untracked script-user script-words sequence-invalid service-filtered service-twice silence-unknown silence-unused size-limit smtp-dns smtp-server sni-name snmp-name sorry-server-inhibit sorry-server-missing sorry-server-real source-vip ssl-twice state state-priority status-code strict-accept strict-advert strict-blackhole strict-down-timer strict-owner swallowed sync-nopreempt sync-priorities syntax timer-expired token-path track-disabled track-file-dir track-file-missing track-file-unknown track-group-twice track-group-unknown track-loopback track-own track-twice track-undefined track-weight track-weight-254 track-weight-missing track-weight-range track-word tunnel-checksum tunnel-option tunnel-pmtu tunnel-port tunnel-port-excess tunnel-port-missing tunnel-type tunnel-value twice umask unexpected-open unicast-group unicast-no-peer unicast-peer-address unicast-peer-ttl unicast-peer-ttl-order unicast-peer-value unicast-peer-vip unicast-peer-word unicast-self unicast-strict unicast-unsigned unknown-keyword up-delay-zero url-missing user value-missing version vip-network vip-nowhere vip-special vip-static vip-two-instances vmac-interface vmac-ipvlan vmac-mac vmac-missing vmac-name vmac-promote vmac-unicast vrf vrid-duplicate vrid-in-use vrid-missing vrid-vlan vrrp-filtered weight-no-effect weight-small weight-zero weight-zero-server weights-ignored' -- "$cur")); return ;;
                --config-id|-i) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--strict --json --lint --no-lint --pair --no-pair --ignore --config-id -i --help -h' -- "$cur"))
            else
                COMPREPLY=($(compgen -f -- "$cur"))
            fi
            ;;
        explain)
            case $prev in
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--json --help -h' -- "$cur"))
            else
                COMPREPLY=($(compgen -W 'address address-broadcast address-broadcast-length address-broadcast-peer address-broadcast-v6 address-dev-twice address-in-use address-invalid address-label-long address-label-v6 address-lifetime address-limit address-link-local address-none address-peer address-peer-family address-peer-length address-peer-twice address-remover address-rest address-scope address-scope-v6 address-value address-word advert-fast advert-rounded advert-slow adverts-odd ah-master alert-nobody auth-ah auth-ignored auth-pass-alone auth-pass-length auth-plain auth-type backslash bfd-hops bfd-name bfd-neighbour bfd-twice bfd-unknown block-limit boolean byte-order-mark check-link-local check-none check-overlap check-slow check-twice check-udp-by-tcp conntrack-full conntrack-off decimals definition-loop definition-terminator definition-unknown deprecated depth-limit digest digest-twice director-real-server dns-name dns-name-twice dns-type duplicate-address duplicate-name duplicate-peer empty encap-target encap-type encap-value environment-unset expansion-length expansion-limit extra-close extra-words families-apart families-mixed family family-mixed file-ambiguous file-missing file-skipped file-unreadable follow-none follow-several follow-vrrp-unknown forwarding-method fwmark-range gap-regex garp-interfaces garp-interval garp-no-refresh garp-once group group-address group-empty group-family group-family-open group-fwmark group-fwmark-family group-mask group-mask-bits group-member group-range-end group-range-order group-single group-unknown ha-suspend-fwmark helo-twice hex hidden-gone hmac-active-key hmac-auth hmac-key hmac-key-exposed hmac-strict http-protocol hysteresis-quorum include-limit include-loop include-missing include-unreadable init-value interface-loopback interface-missing interface-multicast interface-name interface-none interface-unknown ip-family ip-family-conflict ip-forward iptables ipvlan-address ipvs-missing keepalived-habit lacking line-length listen lro master-owner masters-heard method-missing misc-path-missing missing-close missing-open missing-parameter multicast multicast-scope name name-length namespace-missing nat-sync-group nesting-limit nexthop-weight no-accept no-accept-server no-real-server nopreempt-master nopreempt-weight not-examined notify-same nul-byte ops-protocol option owner-ignore owner-priority pair-addresses pair-advert pair-alone pair-auth pair-checksum pair-hmac pair-nopreempt pair-peers pair-preempt-delay pair-priority pair-real-server pair-state pair-strict pair-sync-daemon pair-sync-group pair-sync-order pair-transport pair-version pair-virtual-server pair-vmac pair-vrid pair-weight path-missing persistence-engine persistence-granularity persistence-group persistence-inhibit port-fwmark port-mismatch port-range port-zero preempt-delay prefix-length prefix-length-missing problem-limit process-missing process-name protocol protocol-fwmark protocol-missing quorum-all quorum-idle quorum-range quorum-weight quote quote-unterminated range real-server-refuses real-server-routed real-server-twice real-server-unreachable real-server-vip regex-missing regex-offset regex-stack regex-twice regex-words reply-filtered reply-length route-as route-destination route-family route-family-swallows route-from-v4 route-gw route-only-v6 route-or route-or-nexthop route-protocol route-time route-time-low route-track-group route-value route-vrf route-word rs-arp-announce rs-arp-ignore rs-nat-gateway rs-not-listening rs-own-address rs-service-filtered rs-tunnel-filtered rs-tunnel-missing rs-tunnel-mss rs-tunnel-rp-filter rs-udp-wildcard rs-vip-link rs-vip-mask rs-vip-missing rule-action rule-action-twice rule-family rule-family-swallows rule-goto rule-goto-backwards rule-goto-preference rule-no-action rule-no-preference rule-preference rule-protocol rule-table rule-table-only rule-track-group rule-value rule-word sample-mail sample-vrid scheduler scheduler-flag scheduler-missing scheduler-module script-default-user script-group script-insecure script-interpreter script-missing script-not-executable script-security script-shell script-slow script-symlink script-syntax script-twice script-unreachable script-untracked script-user script-words sequence-invalid service-filtered service-twice silence-unknown silence-unused size-limit smtp-dns smtp-server sni-name snmp-name sorry-server-inhibit sorry-server-missing sorry-server-real source-vip ssl-twice state state-priority status-code strict-accept strict-advert strict-blackhole strict-down-timer strict-owner swallowed sync-nopreempt sync-priorities syntax timer-expired token-path track-disabled track-file-dir track-file-missing track-file-unknown track-group-twice track-group-unknown track-loopback track-own track-twice track-undefined track-weight track-weight-254 track-weight-missing track-weight-range track-word tunnel-checksum tunnel-option tunnel-pmtu tunnel-port tunnel-port-excess tunnel-port-missing tunnel-type tunnel-value twice umask unexpected-open unicast-group unicast-no-peer unicast-peer-address unicast-peer-ttl unicast-peer-ttl-order unicast-peer-value unicast-peer-vip unicast-peer-word unicast-self unicast-strict unicast-unsigned unknown-keyword up-delay-zero url-missing user value-missing version vip-network vip-nowhere vip-special vip-static vip-two-instances vmac-interface vmac-ipvlan vmac-mac vmac-missing vmac-name vmac-promote vmac-unicast vrf vrid-duplicate vrid-in-use vrid-missing vrid-vlan vrrp-filtered weight-no-effect weight-small weight-zero weight-zero-server weights-ignored' -- "$cur"))
            fi
            ;;
        fmt)
            case $prev in
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--write -w --list -l --diff -d --check --help -h' -- "$cur"))
            else
                COMPREPLY=($(compgen -f -- "$cur"))
            fi
            ;;
        expand)
            case $prev in
                --config-id|-i) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--config-id -i --help -h' -- "$cur"))
            else
                COMPREPLY=($(compgen -f -- "$cur"))
            fi
            ;;
        diff)
            case $prev in
                --config-id|-i) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--json --config-id -i --help -h' -- "$cur"))
            else
                COMPREPLY=($(compgen -f -- "$cur"))
            fi
            ;;
        keyword)
            case $prev in
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--json --help -h' -- "$cur"))
            else
                COMPREPLY=($(compgen -W '-nodad BFD_CHECK DNS_CHECK FILE_CHECK HTTP_GET MISC_CHECK PING_CHECK SMTP_CHECK SSL SSL_GET TCP_CHECK UDP_CHECK accept active_key add advert_int advmss alpha anti_replay append as auth_hmac auth_pass auth_type authentication autojoin bfd_cpu_affinity bfd_instance bfd_no_swap bfd_priority bfd_process_name bfd_rlimit_rtime bfd_rlimit_rttime bfd_rt_priority bind_if bind_port bindto blackhole brd broadcast ca certificate check_unicast_src checker checker_cpu_affinity checker_log_all_failures checker_no_swap checker_priority checker_process_name checker_rlimit_rtime checker_rlimit_rttime checker_rt_priority child_wait_time config_save_dir congctl connect_ip connect_port connect_timeout cwnd data_use_instance dbus_no_interface_name dbus_service_name debug default_interface delay delay_before_retry delay_loop dev digest disable_local_igmp dont_track_primary down_timer_adverts dport dsfield dynamic_interfaces enable_dbus enable_script_security enable_sni enable_snmp_checker enable_snmp_keepalived enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3 enable_snmp_vrrp enable_traps encap expires fall fast_recovery fastopen_no_cookie features fifo_write_vrrp_states_on_reload file flag-1 flag-2 flag-3 follow_vrrp fork_delay from full_command fwmark garp_extra_if garp_group garp_interval garp_lower_prio_delay garp_lower_prio_repeat garp_master_delay garp_master_refresh garp_master_refresh_repeat garp_master_repeat global_defs global_tracking gna_interval goto group gw ha_suspend handover hashed helo_name higher_prio_send_advert home hoplimit host http_protocol hysteresis idle_tx iif ila include include_check includea includeb includem includer includew inet inet6 inhibit_on_failure init_fail init_file initcwnd initrwnd instance interface interface_up_down_delays interfaces interval ip ip6 ip_family ipproto iproute_etc_dir iproute_usr_dir json_dump_file json_version kernel_rx_buf_size key l3mdev label lb_algo lb_kind linkbeat_interfaces linkbeat_use_polling log_all_failures log_unknown_vrids lookup lower_prio_no_advert lthreshold lvs_active lvs_flush lvs_flush_on_stop lvs_flush_onstop lvs_method lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force lvs_notify_fifo lvs_notify_fifo_script lvs_process_name lvs_reconcile_interval lvs_sched lvs_sync_daemon lvs_sync_daemon_interface lvs_timeouts max_auto_priority max_hops max_reply_length mcast_dst_ip mcast_src_ip metric metrics_listen mh-fallback mh-port min_auto_priority_delay min_reply_length min_rx min_tx misc_dynamic misc_path misc_timeout mngtmpaddr mode mpls mtu multihop multiplier name namespace_with_ipsets native_ipv6 nb_get_retry neighbor_ip neighbour_ip net_namespace net_namespace_ipvs nexthop nftables nftables_counters nftables_ifindex nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark nftables_priority no_accept no_checker_emails no_email_faults no_track no_virtual_ipaddress nop nopreempt noprefixroute not notification_email notification_email_from notify notify_backup notify_deleted notify_down notify_fault notify_fifo notify_fifo_script notify_master notify_master_rx_lower_pri notify_priority_changes notify_stop notify_up oif old_unicast_checksum omega onlink ops or order owner_ignore_adverts param_match passive password path payload peer persistence_engine persistence_granularity persistence_timeout preempt preempt_delay pref preference preferred_lft prepend priority process process_monitor_rcv_bufs process_monitor_rcv_bufs_force process_name process_names prohibit promote_secondaries protocol quickack quorum quorum_down quorum_max quorum_up random_seed real_server realms regex regex_max_offset regex_min_offset regex_no_match regex_options regex_stack reload_check_config reload_file reload_repeat reload_time_file reordering require_reply retry rise router_id rs_init_notifies rto_min rtt rttvar scope script script_user set_supplementary_groups sh-fallback sh-port share_probes shutdown_script shutdown_script_timeout skip_check_adv_addr slow_start smtp_alert smtp_alert_checker smtp_alert_vrrp smtp_connect_timeout smtp_helo_name smtp_server sni_name snmp_name snmp_rs_stats_update_interval snmp_socket snmp_vs_stats_update_interval sorry_server sorry_server_inhibit sorry_server_lvs_method source_ip sport src ssthresh startup_script startup_script_timeout state state_dump_file static_ipaddress static_routes static_rules stats_dump_file status_code status_listen status_token_file strict_mode sup_group sup_pl suppress_ifgroup suppress_prefixlength sync_group_tracking_weight table terminate_delay thread_timer_expired time_window timeout timer_expired_backup tls_compliant tmp_config_directory to tos track_bfd track_file track_group track_interface track_process track_script track_src_ip ttl ttl-propagate tunnel-id type uidrange umask unicast_fault_no_peer unicast_peer unicast_src_ip unicast_ttl unreachable url use_ipvlan use_pid_dir use_symlink_paths use_vmac use_vmac_addr user uthreshold v3_checksum_as_v2 version via virtual_ipaddress virtual_ipaddress_excluded virtual_router_id virtual_routes virtual_rules virtual_server virtual_server_group virtualhost vmac_addr_prefix vmac_garp_intvl vmac_prefix vmac_xmit_base vrf vrrp vrrp_check_unicast_src vrrp_cpu_affinity vrrp_delay_after_boot vrrp_down_timer_adverts vrrp_garp_extra_if vrrp_garp_interval vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat vrrp_garp_master_delay vrrp_garp_master_refresh vrrp_garp_master_refresh_repeat vrrp_garp_master_repeat vrrp_gna_interval vrrp_higher_prio_send_advert vrrp_instance vrrp_ipsets vrrp_iptables vrrp_lower_prio_no_advert vrrp_mcast_group4 vrrp_mcast_group6 vrrp_min_garp vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force vrrp_no_swap vrrp_notify_fifo vrrp_notify_fifo_script vrrp_notify_priority_changes vrrp_owner_ignore_adverts vrrp_priority vrrp_process_name vrrp_rlimit_rtime vrrp_rlimit_rttime vrrp_rt_priority vrrp_rx_bufs_multiplier vrrp_rx_bufs_policy vrrp_script vrrp_skip_check_adv_addr vrrp_startup_delay vrrp_strict vrrp_sync_group vrrp_track_file vrrp_track_process vrrp_version vrrp_vmac_garp_intvl warmup weight window' -- "$cur"))
            fi
            ;;
        import)
            case $prev in
                --from) COMPREPLY=($(compgen -W 'auto ipvsadm lvs_dr ldirectord' -- "$cur")); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--from --help -h' -- "$cur"))
            else
                COMPREPLY=($(compgen -f -- "$cur"))
            fi
            ;;
        doctor)
            case $prev in
                --config|-f) COMPREPLY=($(compgen -f -- "$cur")); return ;;
                --as) COMPREPLY=($(compgen -W 'auto director realserver both' -- "$cur")); return ;;
                --wait) COMPREPLY=(); return ;;
                --config-id|-i) COMPREPLY=(); return ;;
                --socket) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--config -f --as --wait --probe --no-probe --strict --json --config-id -i --socket --help -h' -- "$cur"))
            else
                COMPREPLY=()
            fi
            ;;
        realserver)
            case $prev in
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--help -h' -- "$cur"))
            else
                COMPREPLY=()
            fi
            ;;
        genhash)
            case $prev in
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--help -h' -- "$cur"))
            else
                COMPREPLY=($(compgen -f -- "$cur"))
            fi
            ;;
        plan)
            case $prev in
                --as) COMPREPLY=($(compgen -W 'current master backup' -- "$cur")); return ;;
                --socket) COMPREPLY=(); return ;;
                --config-id|-i) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--as --json --socket --config-id -i --help -h' -- "$cur"))
            else
                COMPREPLY=($(compgen -f -- "$cur"))
            fi
            ;;
        swap)
            case $prev in
                --pid) COMPREPLY=(); return ;;
                --holdfast) COMPREPLY=(); return ;;
                --keepalived) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--back --yes -y --boot --no-boot --pid --holdfast --keepalived --help -h' -- "$cur"))
            else
                COMPREPLY=()
            fi
            ;;
        handover)
            case $prev in
                --for) COMPREPLY=(); return ;;
                --socket) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--for --undo --socket --help -h' -- "$cur"))
            else
                COMPREPLY=($(compgen -f -- "$cur"))
            fi
            ;;
        drain)
            case $prev in
                --socket) COMPREPLY=(); return ;;
                --timeout) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--socket --wait --timeout --help -h' -- "$cur"))
            else
                _holdfast_ask names
            fi
            ;;
        undrain)
            case $prev in
                --socket) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--socket --help -h' -- "$cur"))
            else
                _holdfast_ask names
            fi
            ;;
        weight)
            case $prev in
                --socket) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--socket --clear --help -h' -- "$cur"))
            else
                _holdfast_ask names
            fi
            ;;
        replay)
            case $prev in
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--verbose -v --json --utc --help -h' -- "$cur"))
            else
                COMPREPLY=($(compgen -f -- "$cur"))
            fi
            ;;
        watch)
            case $prev in
                --read|-r) COMPREPLY=($(compgen -f -- "$cur")); return ;;
                --config|-f) COMPREPLY=($(compgen -f -- "$cur")); return ;;
                --config-id|-i) COMPREPLY=(); return ;;
                --count|-c) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--read -r --config -f --config-id -i --count -c --changes --json --utc --help -h' -- "$cur"))
            else
                COMPREPLY=()
            fi
            ;;
        events)
            case $prev in
                --lines|-n) COMPREPLY=(); return ;;
                --socket) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--follow -f --lines -n --json --socket --help -h' -- "$cur"))
            else
                COMPREPLY=()
            fi
            ;;
        top)
            case $prev in
                --every|-d) COMPREPLY=(); return ;;
                --count|-n) COMPREPLY=(); return ;;
                --sort) COMPREPLY=($(compgen -W 'connections traffic name' -- "$cur")); return ;;
                --socket) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--every -d --count -n --sort --json --socket --help -h' -- "$cur"))
            else
                COMPREPLY=()
            fi
            ;;
        status)
            case $prev in
                --every|-d) COMPREPLY=(); return ;;
                --socket) COMPREPLY=(); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--watch -w --every -d --json --socket --help -h' -- "$cur"))
            else
                COMPREPLY=()
            fi
            ;;
        *)
            case $prev in
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--help -h' -- "$cur"))
            else
                COMPREPLY=($(compgen -W 'check explain fmt expand diff keyword import doctor realserver genhash plan swap handover drain undrain weight replay watch events top status' -- "$cur"))
            fi
            ;;
    esac
}
complete -F _holdfastctl holdfastctl
