# Generated: go test -update; see internal/completion.
_holdfast() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= i
    case $command in
        *)
            case $prev in
                --use-file|-f) COMPREPLY=($(compgen -f -- "$cur")); return ;;
                --log-facility|-S) COMPREPLY=(); return ;;
                --umask|-u) COMPREPLY=(); return ;;
                --pid|-p) COMPREPLY=($(compgen -f -- "$cur")); return ;;
                --vrrp_pid|-r) COMPREPLY=($(compgen -f -- "$cur")); return ;;
                --checkers_pid|-c) COMPREPLY=($(compgen -f -- "$cur")); return ;;
                --bfd_pid|-b) COMPREPLY=($(compgen -f -- "$cur")); return ;;
                --namespace|-s) COMPREPLY=(); return ;;
                --config-id|-i) COMPREPLY=(); return ;;
                --snmp-agent-socket|-A) COMPREPLY=(); return ;;
                --signum) COMPREPLY=($(compgen -W 'STOP RELOAD DATA STATS STATS_CLEAR JSON' -- "$cur")); return ;;
                --config-fd) COMPREPLY=(); return ;;
                --record) COMPREPLY=($(compgen -f -- "$cur")); return ;;
            esac
            if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W '--use-file -f --vrrp -P --check -C --no_bfd -B --all --log-console -l --log-detail -D --log-facility -S --log-file -g --flush-log-file --no-syslog -G --umask -u --release-vips -X --dont-release-vrrp -V --dont-release-ipvs -I --dont-respawn -R --dont-fork -n --dump-conf -d --pid -p --vrrp_pid -r --genhash -T --checkers_pid -c --address-monitoring -a --bfd_pid -b --namespace -s --core-dump -m --core-dump-pattern -M --all-config -e --config-id -i --snmp -x --snmp-agent-socket -A --ignore-sigint --signum --config-test -t --config-fd --perf --debug --no-mem-check --mem-check-log -L --record --take-over --version -v --help -h' -- "$cur"))
            else
                COMPREPLY=()
            fi
            ;;
    esac
}
complete -F _holdfast holdfast
