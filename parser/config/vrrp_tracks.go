package config

import (
	"slices"

	"github.com/holdfast-ha/holdfast/parser"
)

// trackLists are the five track_* lists of an instance or a sync group.
type trackLists struct {
	owner                                       string
	interfaces, scripts, files, processes, bfds *[]Track
}

func (p *Instance) trackLists() trackLists {
	return trackLists{p.Name, &p.TrackInterfaces, &p.TrackScripts, &p.TrackFiles, &p.TrackProcesses, &p.TrackBFDs}
}

func (g *SyncGroup) trackLists() trackLists {
	return trackLists{g.Name, &g.TrackInterfaces, &g.TrackScripts, &g.TrackFiles, &g.TrackProcesses, &g.TrackBFDs}
}

// all lists the lists.
func (l trackLists) all() []*[]Track {
	return []*[]Track{l.interfaces, l.scripts, l.files, l.processes, l.bfds}
}

func registerInstanceTracks(g *grammar) {
	registerTracks(g, "vrrp_instance", func(d *decoder) trackLists { return d.vrrp.cur.trackLists() })
}

// registerTracks registers the track_* blocks of a context.
func registerTracks(g *grammar, context string, of func(*decoder) trackLists) {
	g.list(context, "track_interface", nil, func(d *decoder) { d.trackInterface(of(d)) }, nil)
	for keyword, list := range map[string]func(trackLists) *[]Track{
		"track_script":  func(l trackLists) *[]Track { return l.scripts },
		"track_file":    func(l trackLists) *[]Track { return l.files },
		"track_process": func(l trackLists) *[]Track { return l.processes },
		"track_bfd":     func(l trackLists) *[]Track { return l.bfds },
	} {
		g.list(context, keyword, nil, func(d *decoder) {
			l := of(d)
			d.trackObject(keyword, l.owner, list(l))
		}, nil)
	}
}

// trackInterface reads a line of track_interface.
func (d *decoder) trackInterface(l trackLists) {
	name := d.words[0].Text
	if d.tracked("track_interface", *l.interfaces, name) {
		return
	}
	if _, exists := d.host.Interface(name); !exists && !d.cfg.Global.DynamicInterfaces {
		d.missingInterface(d.words[0])
		return
	}
	t, _, ok := d.trackEntry(254, false)
	if !ok {
		return
	}
	*l.interfaces = append(*l.interfaces, t)
}

// trackObject reads a line that names a tracked object; the object must stand above.
func (d *decoder) trackObject(keyword, owner string, list *[]Track) {
	o, found := d.object(keyword, d.words[0].Text)
	if !found {
		p := d.ignored("track-undefined", d.words[0], "%s %s of %s is not defined above", keyword, d.words[0].Text, owner)
		p.Cure = "define it before this block"
		return
	}
	limit := 253
	if keyword == "track_script" || keyword == "track_file" || keyword == "track_process" {
		limit = 254
	}
	t, weightSet, ok := d.trackEntry(limit, true)
	if !ok || d.tracked(keyword, *list, t.Name) {
		return
	}
	// A weight on the line changes nothing about the direction: that takes a word of its own.
	directed := len(d.words) > 3 && (d.words[3].Text == "reverse" || d.words[3].Text == "noreverse")
	if !weightSet {
		t.Weight = o.Weight
	}
	if !weightSet || !directed {
		t.Reverse = o.Reverse
	}
	*list = append(*list, t)
}

// tracked reports a second line for one object.
func (d *decoder) tracked(keyword string, list []Track, name string) bool {
	if !slices.ContainsFunc(list, func(t Track) bool { return t.Name == name }) {
		return false
	}
	d.ignored("twice", d.words[0], "%s %s is given twice", keyword, name)
	return true
}

// objectKey names a tracked object: the keyword of the lists that may name it, and its name.
type objectKey struct{ list, name string }

// object finds a tracked object that stands above; the Track holds its own weight.
func (d *decoder) object(list, name string) (Track, bool) {
	t, ok := d.vrrp.objects[objectKey{list, name}]
	return t, ok
}

// define makes a tracked object known to the lists below.
func (d *decoder) define(list, name string, weight int, reverse bool) {
	d.vrrp.objects[objectKey{list, name}] = Track{Weight: weight, Reverse: reverse}
}

// dropTracks removes the lines that name a script which turned out to be unusable.
func (d *decoder) dropTracks(list *[]Track, name string) {
	*list = slices.DeleteFunc(*list, func(t Track) bool {
		if t.Name != name {
			return false
		}
		p := hint(d.problemAt(t.Pos, d.trackWord(t), "track-disabled", "vrrp_script %s, which is tracked here, cannot run", name))
		p.Instead, p.Cure = "it is not tracked", "put right what is reported of the script"
		return true
	})
}

// dropWeighted takes the lines with a weight out of the lists and returns them.
func (l trackLists) dropWeighted() (dropped []Track) {
	for _, list := range l.all() {
		kept := (*list)[:0]
		for _, t := range *list {
			if t.Weight != 0 {
				dropped = append(dropped, t)
			} else {
				kept = append(kept, t)
			}
		}
		*list = kept
	}
	return dropped
}

// trackWord is the name of a track line, as a word for a problem.
func (d *decoder) trackWord(t Track) parser.Word { return d.wordAt(t.Name, t.Pos) }
