package lint

import "github.com/holdfast-ha/holdfast/parser"

// index remembers where the keywords of blocks stand, for findings that name two places. It holds the
// blocks that VRRP is about and the heads of virtual servers, not what is in them.
type index map[line]map[string]parser.Pos

// newIndex reads the statements of a file.
func newIndex(statements func(func(*parser.Statement))) index {
	x := index{}
	if statements == nil {
		return x
	}
	statements(func(st *parser.Statement) {
		if k := head(st); k != "vrrp_instance" && k != "vrrp_sync_group" && k != "global_defs" {
			return
		}
		keywords := map[string]parser.Pos{}
		x.note(keywords, "", st)
		x[line{st.Pos.File, st.Words[0].Line}] = keywords
		if head(st) == "global_defs" {
			x[line{}] = keywords
		}
	})
	return x
}

// note remembers the first place of each keyword of a block, those of inner blocks as "outer/inner".
func (x index) note(keywords map[string]parser.Pos, prefix string, st *parser.Statement) {
	for i := range st.Block {
		b := &st.Block[i]
		if len(b.Words) == 0 {
			continue
		}
		name := prefix + b.Words[0].Text
		if _, there := keywords[name]; !there {
			keywords[name] = parser.Pos{File: b.Pos.File, Line: b.Words[0].Line, Col: b.Words[0].Col}
		}
		if prefix == "" {
			x.note(keywords, name+"/", b)
		}
	}
}

// find is the place of a keyword of the block at pos, or pos itself.
func (x index) find(pos parser.Pos, keyword string) parser.Pos {
	if at, ok := x[line{pos.File, pos.Line}][keyword]; ok {
		return at
	}
	return pos
}
