package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// scriptDefaultUser is the account that scripts run as where none is named and it exists.
const scriptDefaultUser = "keepalived_script"

var (
	errQuote  = errors.New("a quote is not closed")
	errEscape = errors.New("nothing follows the last backslash")
)

// scriptState is what the decoder knows of scripts across statements.
type scriptState struct {
	args    map[string][]string // commands that have been split
	status  map[scriptRun]ScriptStatus
	account *Script  // the default account, once it is known; its User is empty for the daemon's own
	forVRRP bool     // the scripts that are looked at belong to VRRP
	pool    []Script // where the next scripts lie: one allocation for many
}

// next returns an empty script.
func (st *scriptState) next() *Script {
	if n := cap(st.pool); len(st.pool) == n {
		st.pool = make([]Script, 0, max(4, min(2*n, arenaChunk)))
	}
	st.pool = append(st.pool, Script{})
	return &st.pool[len(st.pool)-1]
}

// scriptRun is a program and who runs it.
type scriptRun struct {
	program  string
	uid, gid uint32
}

// script reads words i.. of the statement at hand as "<cmd args>" [<user> [<group>]]. An unknown
// user or group gives nil without a report that counts, as keepalived does for notify scripts. ok
// is false when the word is missing (reading has stopped then).
func (d *decoder) script(i int) (s *Script, ok bool) {
	s, rest, ok := d.commandWords(i)
	if s == nil || len(rest) == 0 {
		return s, ok
	}
	if !d.account(s, rest) {
		return nil, true
	}
	return s, true
}

// command is script for the keywords that take no user: further words are dropped without a sound,
// as keepalived does, and only a hint says so.
func (d *decoder) command(i int) (s *Script, ok bool) {
	s, rest, ok := d.commandWords(i)
	if s != nil && len(rest) > 0 {
		p := d.problem("script-words", rest[0], "%s: the words behind %s are no arguments", d.words[0].Text, quote(s.Command))
		p.Severity, p.Class = parser.Hint, parser.Logged
		p.Instead, p.Cure = "they are dropped", `put command and arguments into double quotes`
	}
	return s, ok
}

// commandWords reads the command at word i and returns the words behind it.
func (d *decoder) commandWords(i int) (s *Script, rest []parser.Word, ok bool) {
	if _, ok = d.word(i); !ok {
		return nil, nil, false
	}
	words, err := d.quotedWords()
	if err == nil && len(words) <= i {
		err = errors.New("it is empty")
	}
	var args []string
	w := d.words[i]
	if err == nil {
		w = words[i]
		args, err = d.args(w.Text)
	}
	if err == nil && len(args) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		p := d.problem("script-syntax", d.words[i], "%s: cannot read the command: %v", d.words[0].Text, err)
		if !errors.Is(err, errQuote) {
			p.Class = parser.Logged
		}
		p.Instead = "there is no script"
		return nil, nil, true
	}
	s = d.lvs.scripts.next()
	s.Pos, s.Command, s.Args = d.pos(), d.keep(w.Text), args
	return s, words[i+1:], true
}

// args is splitCommand, each text being split once: thousands of real servers name the same
// command. Callers share the slice and do not write to it.
func (d *decoder) args(text string) ([]string, error) {
	st := &d.lvs.scripts
	if args, ok := st.args[text]; ok {
		return args, nil
	}
	args, err := splitCommand(text)
	if err != nil {
		return nil, err
	}
	if st.args == nil {
		st.args = map[string][]string{}
	}
	st.args[d.keep(text)] = args
	return args, nil
}

// quotedWords splits the statement at hand as keepalived does for the keywords that take a quoted
// string: single quotes hold words together too, and what a backslash precedes is no quote. Quotes
// vanish, escapes stay. Each word gets the place of the plain word of its number.
func (d *decoder) quotedWords() ([]parser.Word, error) {
	if d.raw == "" || strings.IndexByte(d.raw, '\\') < 0 && strings.IndexByte(d.raw, '\'') < 0 {
		return d.words, nil
	}
	var words []parser.Word
	for i := 0; ; {
		for i < len(d.raw) && isBlank(d.raw[i]) {
			i++
		}
		if i == len(d.raw) {
			return words, nil
		}
		text, next, err := commandWord(d.raw, i, false)
		if err != nil {
			return nil, err
		}
		place := d.words[min(len(words), len(d.words)-1)]
		words, i = append(words, parser.Word{Text: text, Line: place.Line, Col: place.Col}), next
	}
}

// account gives a script the user and group words that follow it; false when there is no such
// user or group, in which case keepalived drops the script.
func (d *decoder) account(s *Script, words []parser.Word) bool {
	s.User = d.keep(words[0].Text)
	uid, gid, ok := d.host.User(s.User)
	if !ok {
		p := d.problem("script-user", words[0], "%s: there is no user %s", d.words[0].Text, quote(s.User))
		p.Severity, p.Class, p.Instead = parser.Error, parser.Logged, "the script is never run"
		p.Cure = "an argument belongs inside the double quotes of the command; a word behind it is the user to run as"
		return false
	}
	s.UID, s.GID = uid, gid
	if len(words) == 1 {
		return true
	}
	group := d.keep(words[1].Text)
	if strings.HasPrefix(group, ":") {
		s.Supplementary, group = true, group[1:]
		if group == "" {
			return true
		}
	}
	s.Group = group
	if gid, ok = d.host.Group(group); !ok {
		p := d.problem("script-group", words[1], "%s: there is no group %s", d.words[0].Text, quote(group))
		p.Severity, p.Class, p.Instead = parser.Error, parser.Logged, "the script is never run"
		return false
	}
	s.GID = gid
	return true
}

// splitCommand splits a command at blanks as keepalived does: single and double quotes hold words
// together, and a backslash escapes: \a \b \E \f \n \r \t \v, octal \nnn, hexadecimal \xXX, \cC
// for a control character; any other character stands for itself.
func splitCommand(s string) ([]string, error) {
	var args []string
	i := 0
	for {
		for i < len(s) && isBlank(s[i]) {
			i++
		}
		if i == len(s) {
			return args, nil
		}
		word, next, err := commandWord(s, i, true)
		if err != nil {
			return nil, err
		}
		args = append(args, word)
		i = next
	}
}

// commandWord reads the word that starts at i. Without escapes a backslash stays, with the byte
// behind it.
func commandWord(s string, i int, escapes bool) (word string, next int, err error) {
	var b []byte
	var quoted byte
	for i < len(s) {
		c := s[i]
		switch {
		case c == '\\':
			if i+1 == len(s) {
				return "", 0, errEscape
			}
			if !escapes {
				b = append(b, '\\', s[i+1])
				i += 2
				continue
			}
			c, i = unescape(s, i+1)
			b = append(b, c)
			continue
		case quoted != 0 && c == quoted:
			quoted = 0
		case quoted == 0 && (c == '"' || c == '\''):
			quoted = c
		case quoted == 0 && isBlank(c):
			return string(b), i, nil
		default:
			b = append(b, c)
		}
		i++
	}
	if quoted != 0 {
		return "", 0, errQuote
	}
	return string(b), i, nil
}

// unescape reads what follows a backslash; next is the place behind it.
func unescape(s string, i int) (c byte, next int) {
	c = s[i]
	switch {
	case c == 'x' && i+1 < len(s) && isHex(s[i+1]):
		c, i = 0, i+1
		for n := 0; n < 2 && i < len(s) && isHex(s[i]); n++ {
			c = c<<4 | hexValue(s[i])
			i++
		}
		return c, i
	case c == 'c' && i+1 < len(s):
		return s[i+1] & 0x1f, i + 2
	case c >= '0' && c <= '7':
		c = 0
		for n := 0; n < 3 && i < len(s) && s[i] >= '0' && s[i] <= '7'; n++ {
			c = c<<3 | (s[i] - '0')
			i++
		}
		return c, i
	}
	if at := strings.IndexByte("abEfnrtv", c); at >= 0 {
		c = "\a\b\x1b\f\n\r\t\v"[at]
	}
	return c, i + 1
}

func isBlank(c byte) bool { return c == ' ' || (c >= '\t' && c <= '\r') }

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func hexValue(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	default:
		return c - 'A' + 10
	}
}

// checkScript applies the script security rules at the end of the configuration; it returns nil
// when the script cannot be used. what names its keyword in messages.
func (d *decoder) checkScript(s *Script, what string) *Script {
	if s == nil {
		return nil
	}
	if s.User == "" && !d.defaultAccount(s, what) {
		return nil
	}
	if onlyOpens(s.Args[0]) {
		return s
	}
	st := d.scriptStatus(s)
	if st.Missing {
		message := fmt.Sprintf("%s: there is no script %s", what, quote(s.Args[0]))
		if st.Component != "" && st.Component != s.Args[0] {
			message += fmt.Sprintf(": %s: %s", st.Component, st.Detail)
		}
		d.disable(s, "script-missing", message, "")
		return nil
	}
	security := d.cfg.Global.ScriptSecurity
	if !security {
		d.noteUnprotected(s, st, what)
	}
	switch {
	case st.NotExecutable:
		d.disable(s, "script-not-executable", fmt.Sprintf("%s: %s is not executable for uid %d, gid %d%s", what, quote(s.Args[0]), s.UID, s.GID, st.detail()),
			"chmod a+x "+s.Args[0])
		return nil
	case st.Symlinked:
		cure := "write the path without symbolic links"
		if st.Resolved != "" {
			cure = "write " + st.Resolved
		}
		d.disable(s, "script-symlink", fmt.Sprintf("%s: %s is reached through the symbolic link %s", what, quote(s.Args[0]), st.Component), cure)
		return nil
	case st.Insecure && security:
		d.disable(s, "script-insecure", fmt.Sprintf("%s: others than root can write %s%s, on the way to %s", what, st.Component, st.detail(), quote(s.Args[0])),
			"chown root and chmod go-w "+st.Component)
		return nil
	}
	s.Insecure = st.Insecure
	s.Program = st.Program
	if s.Program != "" && st.Resolved != s.Program {
		s.File = st.Resolved
	}
	return s
}

// detail is what is wrong with a path component, as a remark in a message.
func (st *ScriptStatus) detail() string {
	if st.Detail == "" {
		return ""
	}
	return " (" + st.Detail + ")"
}

// scriptStatus asks the host about a program, once for each account.
func (d *decoder) scriptStatus(s *Script) ScriptStatus {
	known := d.lvs.scripts.status
	run := scriptRun{s.Args[0], s.UID, s.GID}
	st, ok := known[run]
	if !ok {
		if known == nil {
			known = map[scriptRun]ScriptStatus{}
			d.lvs.scripts.status = known
		}
		st = d.host.Script(run.program, run.uid, run.gid)
		known[run] = st
	}
	return st
}

// onlyOpens tells whether a command is of the form </path, which runs nothing: it asks whether the
// file can be opened.
func onlyOpens(program string) bool {
	rest, found := strings.CutPrefix(program, "<")
	return found && strings.HasPrefix(strings.TrimLeft(rest, " \t"), "/")
}

// disable says why a script is not used. keepalived only logs it.
func (d *decoder) disable(s *Script, id, message, cure string) {
	p := d.problemAt(s.Pos, parser.Word{}, id, "%s", message)
	p.Severity, p.Class, p.Instead, p.Cure = parser.Error, parser.Logged, "it is not run", cure
}

// noteUnprotected says once for each program that script security is off; this is what makes
// keepalived's --config-test exit with 6.
func (d *decoder) noteUnprotected(s *Script, st ScriptStatus, what string) {
	spoken := d.lvs.unprotected
	if spoken[s.Args[0]] {
		return
	}
	if spoken == nil {
		spoken = map[string]bool{}
		d.lvs.unprotected = spoken
	}
	spoken[s.Args[0]] = true
	message := what + ": " + quote(s.Args[0]) + " is run, but enable_script_security is not set"
	if st.Insecure {
		message += "; others than root can write " + st.Component + st.detail()
	}
	p := d.problemAt(s.Pos, parser.Word{}, "script-security", "%s", message)
	p.Class = parser.Security
	p.Cure = "set enable_script_security and script_user in global_defs"
}

// defaultAccount gives a script the account of script_user, else keepalived_script, else the
// daemon's own. It is only asked for at the end, when the globals are known.
func (d *decoder) defaultAccount(s *Script, what string) bool {
	st := &d.lvs.scripts
	used := &d.cfg.Global.ScriptAccount
	used.VRRP, used.LVS = used.VRRP || st.forVRRP, used.LVS || !st.forVRRP
	if st.account == nil {
		a := &Script{Pos: s.Pos}
		if !d.findAccount(a, what) {
			return false // each script is worth a report: it is lost
		}
		st.account = a
	}
	a := st.account
	used.UID, used.GID = a.UID, a.GID
	s.User, s.Group, s.UID, s.GID, s.Supplementary = a.User, a.Group, a.UID, a.GID, a.Supplementary
	return true
}

// findAccount looks the default account up; it reports when there is none.
func (d *decoder) findAccount(a *Script, what string) bool {
	g := &d.cfg.Global
	if g.ScriptUser != "" {
		return d.globalAccount(a, what)
	}
	if uid, gid, ok := d.host.User(scriptDefaultUser); ok {
		a.User, a.UID, a.GID = scriptDefaultUser, uid, gid
		return true
	}
	if !g.ScriptSecurity {
		return true
	}
	p := d.problemAt(a.Pos, parser.Word{}, "script-default-user", "%s: enable_script_security is set, but there is no user %s and no script_user", what, scriptDefaultUser)
	p.Severity, p.Instead, p.Cure = parser.Error, "it is not run", "set script_user in global_defs"
	return false
}

// globalAccount is the account named by script_user. That it exists was seen where it is set.
func (d *decoder) globalAccount(a *Script, what string) bool {
	g := &d.cfg.Global
	uid, gid, ok := d.host.User(g.ScriptUser)
	group := strings.TrimPrefix(g.ScriptGroup, ":")
	if ok && group != "" {
		gid, ok = d.host.Group(group)
	}
	if !ok {
		d.disable(a, "script-default-user", what+": the account of script_user does not exist", "correct script_user in global_defs")
		return false
	}
	a.User, a.Group, a.UID, a.GID = g.ScriptUser, group, uid, gid
	a.Supplementary = group != g.ScriptGroup || g.SupplementaryGroups
	return true
}
