package config

import (
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

// vrrpState is what the decoder of the VRRP blocks keeps between lines.
type vrrpState struct {
	instances []*instanceDraft
	byName    map[string]*instanceDraft
	cur       *instanceDraft

	groups     []*groupDraft
	groupNames map[string]bool
	group      *groupDraft

	neighbours map[netip.Addr]string // of the BFD instances
	objects    map[objectKey]Track   // the tracked objects by the list that names them

	script     *VRRPScript
	process    *TrackProcess
	track      *TrackFile
	bfd        *BFD
	garp       *GarpGroup
	garpSet    bool // it has an interval
	garpListed bool // its list of interfaces is not empty
	garpAt     parser.Word
	members    *TrackGroup

	scriptLost    bool // the vrrp_script at hand has an unknown user
	scriptUser    bool // it has a user of its own
	scriptAccount account
}

// instanceDraft is a vrrp_instance while it is read, with what its completion has to know
// besides the model.
type instanceDraft struct {
	Instance
	file string
	name parser.Word

	iface, vrid, advert     parser.Word
	src, group, ttl         parser.Word
	prioritySet, advertSet  bool
	stateMaster             bool
	family                  int // 0: none of the addresses has said yet
	strict, lowerPrio       Tristate
	higherPrio, ownerIgnore Tristate
	notifyPrio, smtpAlert   Tristate
	v3Checksum, skipCheck   Tristate
	checkSrc                bool
	unicastUsed             bool // a keyword that only unicast has
	unicastBlock            bool
	acceptSet               bool
	garp                    garpDraft
	downTimerSet            bool
	extraSet                bool
	hmac                    *hmacDraft
	vmac, ipvlan            parser.Word
	timerBackup, preempt    parser.Word
	inGroup                 *groupDraft
	seen, seenExcluded      map[addressKey]bool
	seenPeers               map[netip.Addr]bool
}

// garpDraft holds the GARP settings of an instance that differ from the global ones.
type garpDraft struct {
	delay, refresh, lowerDelay           *time.Duration
	repeat, refreshRepeat, lowerPrioReps *int
}

// startVRRP sets the defaults before the first line.
func (d *decoder) startVRRP() {
	d.vrrp.byName = map[string]*instanceDraft{}
	d.vrrp.groupNames = map[string]bool{}
	d.vrrp.neighbours = map[netip.Addr]string{}
	d.vrrp.objects = map[objectKey]Track{}
}

func registerVRRP(g *grammar) {
	g.block("top", "vrrp_instance", (*decoder).openInstance, nil)
	registerInstanceLines(g)
	registerInstanceAddresses(g)
	registerInstanceUnicast(g)
	registerInstanceTracks(g)
	registerInstanceNotify(g)
	registerInstanceAuth(g)
	registerInstanceVMAC(g)
	registerSyncGroup(g)
	registerStatic(g)
	registerGarpGroup(g)
	registerInterfaces(g)
}

// openInstance starts a vrrp_instance: exactly one name, and not one that is taken.
func (d *decoder) openInstance() {
	if !d.oneName() {
		return
	}
	w := d.words[1]
	if d.instance(w.Text) != nil {
		d.ignored("duplicate-name", w, "vrrp_instance %s is defined twice", w.Text).Instead = "this block is ignored"
		d.skipBlock()
		return
	}
	p := &instanceDraft{file: d.file, name: w}
	p.Pos, p.Name = d.posOf(w), w.Text
	p.Priority, p.AdvertInt = 100, time.Second
	p.UnicastTTL = -1
	p.seen, p.seenExcluded = map[addressKey]bool{}, map[addressKey]bool{}
	p.seenPeers = map[netip.Addr]bool{}
	d.vrrp.cur = p
	d.vrrp.instances = append(d.vrrp.instances, p)
	d.vrrp.byName[p.Name] = p
}

// oneName demands exactly one name behind the keyword of a block; otherwise the block is passed
// over.
func (d *decoder) oneName() bool {
	if len(d.words) == 2 {
		return true
	}
	d.ignored("name", d.words[0], "%s needs exactly one name", d.words[0].Text).Instead = "the block is ignored"
	d.skipBlock()
	return false
}

// instance finds a vrrp_instance read so far.
func (d *decoder) instance(name string) *instanceDraft {
	return d.vrrp.byName[name]
}

// instanceLine registers a line of vrrp_instance.
func (g *grammar) instanceLine(keyword string, f func(d *decoder, p *instanceDraft)) {
	g.line("vrrp_instance", keyword, func(d *decoder) { f(d, d.vrrp.cur) })
}

// instanceFlag registers a line whose presence counts.
func (g *grammar) instanceFlag(keyword string, field func(*instanceDraft) *bool) {
	g.instanceLine(keyword, func(_ *decoder, p *instanceDraft) { *field(p) = true })
}

// instanceBool registers a line with an optional boolean.
func (g *grammar) instanceBool(keyword string, field func(*instanceDraft) *Tristate) {
	g.instanceLine(keyword, func(d *decoder, p *instanceDraft) {
		if v, ok := d.bool(1); ok {
			*field(p) = tristate(v)
		}
	})
}

// or returns a setting of an instance, or the global one where it has none.
func (t Tristate) or(global bool) bool {
	if t == Unset {
		return global
	}
	return t == On
}
