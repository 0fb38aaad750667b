package daemon

import (
	"errors"
	"fmt"
	"hash/maphash"
	"net/netip"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// inputs are the questions that the reading of a configuration has asked, of files, environment and
// host, and what the answers were. The same answers give the same configuration: when a reload finds
// them, there is nothing to read, and nothing to tell the processes. A thousand instances that are
// reloaded without a change cost 1 ms that way, not 50.
type inputs struct {
	source source
	id     string // of the host, for @id lines
	seed   maphash.Seed
	asked  map[string]question
	// drawn: random numbers were used. No two readings are the same then.
	drawn bool
}

// question can be asked again.
type question struct {
	again  func(source) uint64
	answer uint64
}

// source is whom to ask.
type source struct {
	files osfiles.Files
	host  patient
	env   func(string) (string, bool)
}

// load reads the configuration that the options name, as the host is now, and notes what it asks. What is
// not done yet, and what may surprise, is among its problems; neither changes an exit status.
func load(o *Options) (config.Result, *inputs) {
	text := parserOptions(o.ConfigID)
	in := &inputs{id: text.ConfigID, seed: maphash.MakeSeed(), asked: map[string]question{}, source: newSource(text)}
	random := text.Random
	text.Random = func(low, high int64) int64 { in.drawn = true; return random(low, high) }
	text.Env = func(name string) (string, bool) {
		v := ask(in, "env "+name, func(s source) envAnswer { v, ok := s.env(name); return envAnswer{v, ok} })
		return v.text, v.ok
	}
	text.Files = notedFiles{in}
	r := config.Load(o.ConfigFile, text, &notedHost{in: in})
	applySNMPOptions(o, &r.Config.Global)
	if r.Config.Global.RandomSeedSet {
		in.drawn = false // the next reading draws the same
	}
	r.Add(text.Files, findings(r.Config)...)
	return r, in
}

func newSource(text parser.Options) source {
	return source{host: patient{hostinfo.New()}, env: text.Env}
}

// same tells whether every answer is what it was.
func (in *inputs) same(o *Options) bool {
	if in.drawn {
		return false
	}
	text := parserOptions(o.ConfigID)
	now := newSource(text)
	if text.ConfigID != in.id {
		return false
	}
	for _, q := range in.asked {
		if q.again(now) != q.answer {
			return false
		}
	}
	return true
}

// ask asks a question and notes its answer. The key is the question in words.
func ask[T any](in *inputs, key string, get func(source) T) T {
	v := get(in.source)
	if _, known := in.asked[key]; !known {
		in.asked[key] = question{func(s source) uint64 { return in.digest(get(s)) }, in.digest(v)}
	}
	return v
}

// digest is keyed by a number that nobody knows: no file can be made to look like another.
func (in *inputs) digest(v any) uint64 {
	switch v := v.(type) {
	case textAnswer: // a file may be large, and is not to be copied
		if v.err == nil {
			return maphash.String(in.seed, v.text)
		}
		return maphash.String(in.seed, fmt.Sprintf("%T %v", v.err, v.err))
	default:
		return maphash.String(in.seed, fmt.Sprintf("%#v", v))
	}
}

type (
	envAnswer struct {
		text string
		ok   bool
	}
	textAnswer struct {
		text string
		err  error
	}
	namesAnswer struct {
		names []string
		err   string
	}
	linkAnswer struct {
		link config.Interface
		ok   bool
	}
	accountAnswer struct {
		uid, gid uint32
		ok       bool
	}
	numberAnswer struct {
		number uint32
		ok     bool
	}
	secretAnswer struct {
		text    string
		exposed bool
		err     string
	}
)

// notedFiles is parser.Files.
type notedFiles struct{ in *inputs }

func (f notedFiles) Read(name string) (string, error) {
	a := ask(f.in, "read "+name, func(s source) textAnswer {
		text, err := s.files.Read(name)
		return textAnswer{text, err}
	})
	return a.text, a.err
}

func (f notedFiles) Glob(pattern string) ([]string, error) {
	a := ask(f.in, "glob "+pattern, func(s source) namesAnswer {
		names, err := s.files.Glob(pattern)
		return namesAnswer{slices.Clone(names), textOf(err)}
	})
	return a.names, asError(a.err)
}

func (f notedFiles) Abs(dir string) string {
	return ask(f.in, "abs "+dir, func(s source) string { return s.files.Abs(dir) })
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func asError(text string) error {
	if text == "" {
		return nil
	}
	return errors.New(text)
}

// notedHost is config.Host.
type notedHost struct {
	in       *inputs
	etc, usr string // directories of iproute2's names, where the configuration names them
}

var _ config.Host = &notedHost{}

func (h *notedHost) Interface(name string) (config.Interface, bool) {
	a := ask(h.in, "interface "+name, func(s source) linkAnswer { i, ok := s.host.Interface(name); return linkAnswer{i, ok} })
	return a.link, a.ok
}

func (h *notedHost) Script(path string, uid, gid uint32) config.ScriptStatus {
	return ask(h.in, fmt.Sprint("script ", uid, " ", gid, " ", path), func(s source) config.ScriptStatus { return s.host.Script(path, uid, gid) })
}

func (h *notedHost) User(name string) (uid, gid uint32, ok bool) {
	a := ask(h.in, "user "+name, func(s source) accountAnswer { u, g, ok := s.host.User(name); return accountAnswer{u, g, ok} })
	return a.uid, a.gid, a.ok
}

func (h *notedHost) Group(name string) (uint32, bool) {
	a := ask(h.in, "group "+name, func(s source) numberAnswer { g, ok := s.host.Group(name); return numberAnswer{g, ok} })
	return a.number, a.ok
}

// LookupIP is not noted: a daemon does not look names up here.
func (h *notedHost) LookupIP(name string) (netip.Addr, bool) { return h.in.source.host.LookupIP(name) }

func (h *notedHost) DirExists(path string) bool {
	return ask(h.in, "directory "+path, func(s source) bool { return s.host.DirExists(path) })
}

func (h *notedHost) NameID(table, name string) (uint32, bool) {
	etc, usr := h.etc, h.usr
	a := ask(h.in, strings.Join([]string{"name", table, name, etc, usr}, " "), func(s source) numberAnswer {
		s.host.NamesIn(etc, usr)
		n, ok := s.host.NameID(table, name)
		return numberAnswer{n, ok}
	})
	return a.number, a.ok
}

// NamesIn, NetNamespace and Secret are what a Host may answer beside.
func (h *notedHost) NamesIn(etc, usr string) { h.etc, h.usr = etc, usr }

func (h *notedHost) NetNamespace(name string) bool {
	return ask(h.in, "namespace "+name, func(s source) bool { return s.host.NetNamespace(name) })
}

func (h *notedHost) Secret(path string) (text string, exposed bool, err error) {
	a := ask(h.in, "secret "+path, func(s source) secretAnswer {
		text, exposed, err := s.host.Secret(path)
		return secretAnswer{text, exposed, textOf(err)}
	})
	return a.text, a.exposed, asError(a.err)
}
