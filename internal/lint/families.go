package lint

import (
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// splitFamilies writes an instance with both families as two instances in a sync group, ready to be
// pasted in its place.
func splitFamilies(st, four, six *parser.Statement) string {
	name := st.Words[1].Text
	var b strings.Builder
	write := func(depth int, words ...string) {
		b.WriteString(strings.Repeat("    ", depth) + strings.Join(words, " ") + "\n")
	}
	write(0, "vrrp_sync_group", name+"_GROUP", "{")
	write(1, "group {")
	write(2, name+"_4")
	write(2, name+"_6")
	write(1, "}")
	write(0, "}")
	for _, half := range []struct {
		suffix string
		list   *parser.Statement
	}{{"_4", four}, {"_6", six}} {
		write(0, "vrrp_instance", name+half.suffix, "{")
		done := false
		for i := range st.Block {
			k := &st.Block[i]
			switch {
			case head(k) == "virtual_ipaddress" && !done:
				done = true
				write(1, "virtual_ipaddress {")
				for j := range half.list.Block {
					write(2, source(&half.list.Block[j])...)
				}
				write(1, "}")
			case head(k) == "virtual_ipaddress", half.suffix == "_6" && fourOnly(k):
			default:
				writeStatement(&b, k, 1)
			}
		}
		write(0, "}")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// fourOnly tells whether a line has no place in an instance of IPv6: it has version 3 and no
// authentication, and no IPv4 sources.
func fourOnly(st *parser.Statement) bool {
	switch head(st) {
	case "authentication", "version", "mcast_src_ip", "unicast_src_ip", "unicast_peer", "mcast_dst_ip":
		return true
	}
	return false
}

// writeStatement writes a statement with its block.
func writeStatement(b *strings.Builder, st *parser.Statement, depth int) {
	words := source(st)
	if st.HasBlock {
		words = append(words, "{")
	}
	b.WriteString(strings.Repeat("    ", depth) + strings.Join(words, " ") + "\n")
	if !st.HasBlock {
		return
	}
	for i := range st.Block {
		writeStatement(b, &st.Block[i], depth+1)
	}
	b.WriteString(strings.Repeat("    ", depth) + "}\n")
}

// source is the words of a statement as they are written.
func source(st *parser.Statement) []string {
	var words []string
	for _, w := range st.Words {
		if w.Quoted {
			words = append(words, `"`+w.Text+`"`)
		} else {
			words = append(words, w.Text)
		}
	}
	return words
}

// together tells whether a sync group has both instances.
func (s *sight) together(a, b string) bool {
	return slices.ContainsFunc(s.cfg.SyncGroups, func(g config.SyncGroup) bool {
		return slices.Contains(g.Members, a) && slices.Contains(g.Members, b)
	})
}

// familiesApart: an IPv4 and an IPv6 instance of one interface that may be MASTER on two routers.
func familiesApart(s *sight) {
	for i := range s.cfg.Instances {
		six := &s.cfg.Instances[i]
		if six.Family != 6 || six.Interface == "" {
			continue
		}
		for j := range s.cfg.Instances {
			four := &s.cfg.Instances[j]
			if four.Family != 4 || four.Interface != six.Interface || s.together(four.Name, six.Name) {
				continue
			}
			if four.VRID != six.VRID && four.Priority != six.Priority {
				continue // spread on purpose
			}
			f := s.add(six.Pos, "", "%s (IPv6) and %s (IPv4, %s) on %s are in no sync group", six.Name, four.Name, place(four.Pos, six.Pos), six.Interface)
			f.Instead = "each has an election of its own: the families may end up on different routers"
			f.Cure = "vrrp_sync_group NAME { group { " + four.Name + " " + six.Name + " } }, the names on lines of their own"
			break
		}
	}
}
