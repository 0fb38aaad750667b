package config

import (
	"fmt"

	"github.com/holdfast-ha/holdfast/parser"
)

// trackRules are the small differences between the track_* blocks.
type trackRules struct {
	limit     int  // the largest weight that is accepted as written; 254 is cut to 253 where cut is set
	cut       bool // 254 and -254 are reported and become 253 and -253
	noreverse bool // the word noreverse is known
	strict    bool // an unknown word behind the weight costs the line
}

// trackRulesOf gives the rules of a block, by its keyword.
func trackRulesOf(keyword string, limit int, noreverse bool) trackRules {
	r := trackRules{limit: limit, noreverse: noreverse}
	switch keyword {
	case "track_interface", "track_script":
		r.cut = true
	case "track_file", "track_bfd":
		r.strict = true
	}
	return r
}

// trackEntry reads the statement at hand as a line of a track_* block: a name, then the words
// weight, reverse, noreverse. limit is the largest weight (253 or 254; 254 is cut to 253 where
// keepalived does so); noreverse tells whether that word is known. weightSet tells whether the
// line has a weight of its own. ok is false when the line is dropped.
func (d *decoder) trackEntry(limit int, noreverse bool) (t Track, weightSet, ok bool) {
	t, weightSet, ok, problems := parseTrack(d.words, trackRulesOf(d.rule.spec.Name, limit, noreverse))
	t.Pos.File = d.file
	d.take(problems)
	return t, weightSet, ok
}

// parseTrack reads NAME [weight N [reverse|noreverse]]. A weight that is out of range leaves the
// tracked object's own: weightSet is false then.
func parseTrack(words []parser.Word, rules trackRules) (t Track, weightSet, ok bool, probs []parser.Problem) {
	l := &line{words: words}
	t.Name = words[0].Text
	t.Pos = parser.Pos{Line: words[0].Line, Col: words[0].Col}
	if len(words) == 1 {
		return t, false, true, nil
	}
	switch {
	case words[1].Text != "weight":
		l.drop(words[1], "track-word", quote(words[1].Text)+" is no word of a track line", "write weight NUMBER behind the name, or the next name on a line of its own")
		return t, false, false, l.probs
	case len(words) == 2:
		l.drop(words[1], "track-weight-missing", "weight of "+quote(t.Name)+" has no number", fmt.Sprintf("write a number from %d to %d", -min(rules.limit, 253), min(rules.limit, 253)))
		return t, false, false, l.probs
	}
	t.Weight, weightSet = l.weight(words[2], t.Name, rules)
	if len(words) > 3 {
		ok = l.reverse(words[3], &t, rules)
		return t, weightSet, ok, l.probs
	}
	return t, weightSet, true, l.probs
}

// weight reads the number behind weight.
func (l *line) weight(w parser.Word, name string, rules trackRules) (int, bool) {
	v, ok := parseInt(w.Text)
	shown := rules.limit
	if rules.cut {
		shown = 253
	}
	if !ok || v < -int64(rules.limit) || v > int64(rules.limit) {
		l.warn(w, "track-weight-range", fmt.Sprintf("weight %s of %s is none of %d to %d", quote(w.Text), quote(name), -shown, shown),
			"the weight of the tracked object itself counts", "")
		return 0, false
	}
	if rules.cut && (v == 254 || v == -254) {
		v = max(-253, min(253, v))
		l.warn(w, "track-weight-254", fmt.Sprintf("weight %s of %s: the largest is 253", w.Text, quote(name)), fmt.Sprintf("%d is used", v), fmt.Sprintf("write weight %d", v))
	}
	return int(v), true
}

// reverse reads the word behind the number; it tells whether the line lives on.
func (l *line) reverse(w parser.Word, t *Track, rules trackRules) bool {
	switch {
	case w.Text == "reverse":
		t.Reverse = true
	case w.Text == "noreverse" && rules.noreverse:
		t.Reverse = false
	case rules.strict:
		l.drop(w, "track-word", quote(w.Text)+" is no word behind a weight", "write reverse or noreverse")
		return false
	default:
		cure := "write reverse"
		if rules.noreverse {
			cure = "write reverse or noreverse"
		}
		l.warn(w, "track-word", quote(w.Text)+" is no word behind a weight", "it is ignored", cure)
	}
	return true
}
