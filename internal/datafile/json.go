package datafile

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// JSON is keepalived.json, what the signal JSON writes: one line without blanks, an array of instances
// (json_version 1) or an object with these and the tracked processes (2). Keys and their order are
// keepalived 2.4.3's; lists that are empty are not there. s and t may be nil.
func JSON(c *config.Config, s *speaker.Status, t *tracking.Status) string {
	v := newVRRP(new(Writer), c, s, t)
	var j jsonWriter
	if c.Global.JSONVersion == 2 {
		j.open('{')
		j.name("vrrp")
	}
	j.open('[')
	for i := range c.Instances {
		j.open('{')
		v.jsonData(&j, i)
		v.jsonStats(&j, c.Instances[i].Name)
		j.shut('}')
	}
	j.shut(']')
	if c.Global.JSONVersion == 2 {
		v.jsonProcesses(&j)
		j.shut('}')
	}
	return j.b.String()
}

// stateNumbers are keepalived's numbers of states.
var stateNumbers = map[string]uint64{"INIT": 0, "BACKUP": 1, "MASTER": 2, "FAULT": 3}

// jsonData is the object "data" of the instance of index i.
func (v *vrrp) jsonData(j *jsonWriter, i int) {
	in, l := &v.c.Instances[i], v.links[i]
	s := v.states[in.Name]
	if s == nil {
		s = &speaker.InstanceStatus{State: "INIT"}
	}
	j.name("data")
	j.open('{')
	j.text("iname", in.Name)
	j.bit("dont_track_primary", in.DontTrackPrimary)
	j.bit("skip_check_adv_addr", in.SkipCheckAdvAddr)
	j.bit("strict_mode", in.Strict)
	j.text("vmac_ifname", word(l.kind != "", l.name, ""))
	if l.name != "" {
		j.text("ifp_ifname", l.name)
	}
	j.number("master_priority", uint64(s.HeardPriority))
	j.raw("last_transition", seconds(since(s.Since)))
	v.jsonTimes(j, in, s)
	j.number("state", stateNumbers[s.State])
	j.number("wantstate", stateNumbers[v.wanted(in)])
	j.number("version", uint64(in.Version))
	j.truth("smtp_alert", in.SMTPAlert)
	j.truth("notify_deleted", in.NotifyDeletedSet)
	for _, x := range []struct {
		key    string
		script *config.Script
	}{
		{"script_backup", in.NotifyBackup}, {"script_master", in.NotifyMaster}, {"script_fault", in.NotifyFault},
		{"script_stop", in.NotifyStop}, {"script_deleted", in.NotifyDeleted}, {"script", in.Notify},
		{"script_master_rx_lower_pri", in.NotifyMasterRxLowerPri},
	} {
		if x.script != nil {
			j.text(x.key, command(x.script))
		}
	}
	v.jsonLists(j, in, l, s.Held)
	j.number("auth_type", map[config.AuthType]uint64{config.Pass: 1, config.AH: 2}[in.Auth])
	if in.Auth != config.NoAuth {
		j.text("auth_data", "********")
	}
	j.shut('}')
}

// since is a time as the seconds since 1970; zero: never.
func since(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return time.Duration(t.UnixNano())
}

// jsonTimes are the numbers in the middle of "data".
func (v *vrrp) jsonTimes(j *jsonWriter, in *config.Instance, s *speaker.InstanceStatus) {
	whole := func(d time.Duration) uint64 { return uint64(d / time.Second) }
	j.fraction("garp_delay", in.GARP.Delay)
	j.number("garp_refresh", whole(in.GARP.Refresh))
	j.number("garp_rep", uint64(in.GARP.Repeat))
	j.number("garp_refresh_rep", uint64(in.GARP.RefreshRepeat))
	j.number("garp_lower_prio_delay", whole(in.GARP.LowerPrioDelay))
	j.number("garp_lower_prio_rep", uint64(in.GARP.LowerPrioRep))
	j.bit("lower_prio_no_advert", in.LowerPrioNoAdvert)
	j.bit("higher_prio_send_advert", in.HigherPrioSendAdvert)
	j.number("vrid", uint64(in.VRID))
	j.number("base_priority", uint64(in.Priority))
	j.number("effective_priority", uint64(v.priority(in)))
	j.truth("vipset", s.Held)
	j.truth("promote_secondaries", in.PromoteSecondaries)
	j.fraction("adver_int", in.AdvertInt)
	j.fraction("master_adver_int", orDuration(s.MasterInterval, in.AdvertInt))
	j.bit("accept", !in.NoAccept)
	j.truth("nopreempt", in.NoPreempt)
	j.number("preempt_delay", whole(in.PreemptDelay))
}

func orDuration(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// jsonLists are the addresses, routes and rules of an instance and what it tracks.
func (v *vrrp) jsonLists(j *jsonWriter, in *config.Instance, l link, held bool) {
	addresses := func(list []config.Address) (all []string) {
		for i := range list {
			a := list[i]
			a.UseVMAC = a.UseVMAC && l.kind == ""
			all = append(all, address(&a, on(&a, in, l), held))
		}
		return all
	}
	j.list("vips", addresses(in.Addresses))
	j.list("evips", addresses(in.Excluded))
	var routes, rules, interfaces, scripts, processes []string
	for i := range in.Routes {
		routes = append(routes, route(&in.Routes[i]))
	}
	for i := range in.Rules {
		rules = append(rules, rule(&in.Rules[i]))
	}
	for _, t := range in.TrackInterfaces {
		interfaces = append(interfaces, t.Name)
	}
	for _, t := range in.TrackScripts {
		for i := range v.c.Scripts {
			if x := &v.c.Scripts[i]; x.Name == t.Name {
				scripts = append(scripts, command(x.Script))
			}
		}
	}
	for _, t := range in.TrackProcesses {
		processes = append(processes, t.Name)
	}
	j.list("vroutes", routes)
	j.list("vrules", rules)
	j.list("track_ifp", interfaces)
	j.list("track_script", scripts)
	j.list("track_process", processes)
}

// jsonStats is the object "stats".
func (v *vrrp) jsonStats(j *jsonWriter, name string) {
	var s speaker.Stats
	if state := v.states[name]; state != nil {
		s = state.Stats
	}
	j.name("stats")
	j.open('{')
	for _, x := range []struct {
		key string
		n   uint64
	}{
		{"advert_rcvd", s.AdvertReceived}, {"advert_sent", s.AdvertSent}, {"become_master", s.BecameMaster},
		{"release_master", s.ReleasedMaster}, {"packet_len_err", s.LengthErrors}, {"advert_interval_err", s.IntervalErrors},
		{"ip_ttl_err", s.TTLErrors}, {"invalid_type_rcvd", s.TypeErrors}, {"addr_list_err", s.AddressErrors},
		{"invalid_authtype", s.AuthInvalidType}, {"authtype_mismatch", s.AuthTypeMismatch}, {"auth_failure", s.AuthFailure},
		{"auth_ext_missing", s.AuthExtMissing}, {"auth_ext_malformed", s.AuthExtMalformed},
		{"auth_ext_unknown_key", s.AuthExtUnknownKey}, {"auth_ext_invalid_hmac", s.AuthExtInvalid},
		{"auth_ext_stale", s.AuthExtStale}, {"auth_ext_replay", s.AuthExtReplay},
		{"pri_zero_rcvd", s.PriorityZeroReceived}, {"pri_zero_sent", s.PriorityZeroSent},
	} {
		j.number(x.key, x.n)
	}
	j.shut('}')
}

// jsonProcesses are the tracked processes.
func (v *vrrp) jsonProcesses(j *jsonWriter) {
	if len(v.c.TrackProcesses) == 0 {
		return
	}
	j.name("track_process")
	j.open('[')
	for i := range v.c.TrackProcesses {
		p := &v.c.TrackProcesses[i]
		o := v.objects[[2]string{"process", p.Name}]
		if o == nil {
			o = &tracking.ObjectStatus{Up: true}
		}
		j.open('{')
		j.text("process", p.Name)
		if len(p.Params) > 0 {
			j.text("parameters", strings.Join(p.Params, " "))
		}
		j.text("param_match", or(p.ParamMatch, "none"))
		j.number("min_processes", uint64(p.Quorum))
		if p.QuorumMax >= 0 {
			j.number("max_processes", uint64(p.QuorumMax))
		}
		j.number("current_processes", uint64(o.Value))
		j.truth("have_quorum", o.Up)
		weight := p.Weight
		if p.Reverse {
			weight = -weight
		}
		j.raw("weight", strconv.Itoa(weight))
		j.fraction("terminate_delay", p.TerminateDelay)
		j.fraction("fork_delay", p.ForkDelay)
		j.truth("fork_delay_timer_running", false)
		j.truth("terminate_delay_timer_running", false)
		j.truth("full_command", p.FullCommand)
		j.shut('}')
	}
	j.shut(']')
}

// jsonWriter writes JSON as keepalived does, with / escaped.
type jsonWriter struct {
	b     strings.Builder
	comma bool // one is due before the next element
}

func (j *jsonWriter) separate() {
	if j.comma {
		j.b.WriteByte(',')
	}
	j.comma = true
}

func (j *jsonWriter) open(bracket byte) {
	j.separate()
	j.b.WriteByte(bracket)
	j.comma = false
}

func (j *jsonWriter) shut(bracket byte) {
	j.b.WriteByte(bracket)
	j.comma = true
}

// name is a key; a value follows.
func (j *jsonWriter) name(key string) {
	j.separate()
	j.quoted(key)
	j.b.WriteByte(':')
	j.comma = false
}

func (j *jsonWriter) raw(key, value string) {
	j.name(key)
	j.b.WriteString(value)
	j.comma = true
}

func (j *jsonWriter) number(key string, n uint64) { j.raw(key, strconv.FormatUint(n, 10)) }
func (j *jsonWriter) truth(key string, b bool)    { j.raw(key, strconv.FormatBool(b)) }
func (j *jsonWriter) bit(key string, b bool)      { j.raw(key, oneZero(b)) }

// fraction is a time in seconds with six digits that count, as %g of C.
func (j *jsonWriter) fraction(key string, d time.Duration) {
	j.raw(key, strconv.FormatFloat(d.Seconds(), 'g', 6, 64))
}

func (j *jsonWriter) text(key, value string) {
	j.name(key)
	j.quoted(value)
	j.comma = true
}

// list is an array of strings; an empty one is left out.
func (j *jsonWriter) list(key string, values []string) {
	if len(values) == 0 {
		return
	}
	j.name(key)
	j.open('[')
	for _, v := range values {
		j.separate()
		j.quoted(v)
	}
	j.shut(']')
}

// quoted is a string. Octets that are no UTF-8 stay what they are.
func (j *jsonWriter) quoted(s string) {
	j.b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case strings.IndexByte(`"\/`, c) >= 0:
			j.b.WriteByte('\\')
			j.b.WriteByte(c)
		case c == '\n':
			j.b.WriteString(`\n`)
		case c == '\t':
			j.b.WriteString(`\t`)
		case c == '\r':
			j.b.WriteString(`\r`)
		case c == '\f':
			j.b.WriteString(`\f`)
		case c == '\b':
			j.b.WriteString(`\b`)
		case c < 0x20:
			fmt.Fprintf(&j.b, `\u%04x`, c)
		default:
			j.b.WriteByte(c)
		}
	}
	j.b.WriteByte('"')
}
