package config

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
)

func TestCommandIsSplitAsKeepalivedSplits(t *testing.T) {
	cases := []struct {
		text string
		want []string
		err  error
	}{
		{text: "", want: nil},
		{text: "/a/b", want: []string{"/a/b"}},
		{text: "  /a/b  c\td ", want: []string{"/a/b", "c", "d"}},
		{text: `/a 'b c' "d e"f`, want: []string{"/a", "b c", "d ef"}},
		{text: `/a "it's" 'say "x"'`, want: []string{"/a", "it's", `say "x"`}},
		{text: `/a b\ c \"d`, want: []string{"/a", "b c", `"d`}},
		{text: `\a\b\E\f\n\r\t\v`, want: []string{"\a\b\x1b\f\n\r\t\v"}},
		{text: `\x41\x4\x4g\101\60\7z\cA\q`, want: []string{"A\x04\x04gA0\az\x01q"}},
		{text: `'a\'b'`, want: []string{"a'b"}},
		{text: `/a ''`, want: []string{"/a", ""}},
		{text: `/a 'b`, err: errQuote},
		{text: `/a "b`, err: errQuote},
		{text: `/a b\`, err: errEscape},
	}
	for _, c := range cases {
		got, err := splitCommand(c.text)
		if !errors.Is(err, c.err) {
			t.Errorf("%q: error %v, want %v", c.text, err, c.err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q:\n%s", c.text, diff)
		}
	}
}

// serverWith is a sound virtual server with one more line in its real server.
func serverWith(line string) string {
	return "virtual_server 192.0.2.100 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n real_server 192.0.2.200 80 {\n" + line + "\n }\n}\n"
}

// globalsWith is a global_defs block.
func globalsWith(lines string) string { return "global_defs {\n" + lines + "\n}\n" }

const secured = "enable_script_security\nscript_user root"

func load(text string) Result { return LoadText("t.conf", text, parser.Options{}, labHost()) }

func notifyUp(t *testing.T, r Result) *Script {
	t.Helper()
	if len(r.Config.VirtualServers) != 1 {
		t.Fatalf("%d virtual servers:\n%s", len(r.Config.VirtualServers), listing(r))
	}
	return r.Config.VirtualServers[0].RealServers[0].NotifyUp
}

func TestNotifyScriptLine(t *testing.T) {
	cases := []struct {
		name, globals, line string
		want                *Script // Pos aside
		status              int
	}{
		{"quoted command", secured, `notify_up "/usr/bin/echo a 'b c'"`,
			&Script{Command: "/usr/bin/echo a 'b c'", Args: []string{"/usr/bin/echo", "a", "b c"}, User: "root"}, 0},
		{"single quotes hold words together", secured, `notify_up '/usr/bin/echo a b'`,
			&Script{Command: "/usr/bin/echo a b", Args: []string{"/usr/bin/echo", "a", "b"}, User: "root"}, 0},
		{"escaped double quotes", secured, `notify_up "/usr/bin/echo \"a b\" c"`,
			&Script{Command: `/usr/bin/echo \"a b\" c`, Args: []string{"/usr/bin/echo", `"a`, `b"`, "c"}, User: "root"}, 0},
		{"user and group", secured, `notify_up "/usr/bin/echo" nobody root`,
			&Script{Command: "/usr/bin/echo", Args: []string{"/usr/bin/echo"}, User: "nobody", Group: "root", UID: 65534}, 0},
		{"supplementary groups", secured, `notify_up "/usr/bin/echo" nobody :root`,
			&Script{Command: "/usr/bin/echo", Args: []string{"/usr/bin/echo"}, User: "nobody", Group: "root", UID: 65534, Supplementary: true}, 0},
		{"an unquoted argument is taken for a user", secured, `notify_up /usr/bin/echo a`, nil, 0},
		{"unknown group", secured, `notify_up /usr/bin/echo root nosuch`, nil, 0},
		{"missing program", secured, `notify_up /no/such`, nil, 0},
		{"through a symbolic link", secured, `notify_up /bin/echo`, nil, 0},
		{"without security", "", `notify_up /usr/bin/echo`,
			&Script{Command: "/usr/bin/echo", Args: []string{"/usr/bin/echo"}}, 6},
		{"security without an account", "enable_script_security", `notify_up /usr/bin/echo`, nil, 5},
		{"quote left open", secured, `notify_up "/usr/bin/echo`, nil, 5},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := load(globalsWith(c.globals) + serverWith(c.line))
			got := notifyUp(t, r)
			if got != nil {
				got.Pos = parser.Pos{}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if status := r.TestStatus(); status != c.status {
				t.Errorf("status %d, want %d:\n%s", status, c.status, listing(r))
			}
		})
	}
}

func TestDroppedScriptIsAlwaysExplained(t *testing.T) {
	for _, line := range []string{"/usr/bin/echo a", "/usr/bin/echo root nosuch", "/no/such", "/bin/echo", `"/usr/bin/echo \"`} {
		r := load(globalsWith(secured) + serverWith("notify_up "+line))
		if notifyUp(t, r) != nil {
			t.Errorf("%s: the script is kept", line)
		}
		if r.Errors(parser.Warning) == 0 {
			t.Errorf("%s: the script is dropped without a word", line)
		}
	}
}

func TestSecondNotifyScriptIsRefused(t *testing.T) {
	r := load(globalsWith(secured) + serverWith("notify_up /usr/bin/true\nnotify_up /usr/bin/false"))
	if s := notifyUp(t, r); s == nil || s.Args[0] != "/usr/bin/true" || r.TestStatus() != 5 {
		t.Errorf("script %+v, status %d: the first one counts", s, r.TestStatus())
	}
}

func TestGlobalsBelowTheServersStillCount(t *testing.T) {
	r := load(serverWith("notify_up /usr/bin/true") + globalsWith(secured+"\nsmtp_alert_checker off\nchecker_log_all_failures"))
	if s := notifyUp(t, r); s == nil || s.User != "root" || r.TestStatus() != 0 {
		t.Errorf("script %+v, status %d", s, r.TestStatus())
	}
	if r.Config.VirtualServers[0].RealServers[0].SMTPAlert {
		t.Error("smtp_alert_checker off below the virtual server is not seen")
	}
}

func TestInsecureScriptRunsOnlyWithoutSecurity(t *testing.T) {
	host := labHost()
	host.scripts["/tmp/s"] = ScriptStatus{Insecure: true, Component: "/tmp"}
	for _, secure := range []bool{false, true} {
		globals := ""
		if secure {
			globals = globalsWith(secured)
		}
		r := LoadText("t.conf", globals+serverWith("notify_up /tmp/s"), parser.Options{}, host)
		s := notifyUp(t, r)
		if secure && s != nil || !secure && (s == nil || !s.Insecure || r.TestStatus() != 6) {
			t.Errorf("security %v: script %+v, status %d", secure, s, r.TestStatus())
		}
	}
}

func TestHostIsAskedOnceForEachProgram(t *testing.T) {
	host := &countingHost{fakeHost: labHost()}
	text := globalsWith(secured)
	for range 50 {
		text += serverWith("notify_up \"/usr/bin/true up\"\nnotify_down \"/usr/bin/true down\"")
	}
	LoadText("t.conf", text, parser.Options{}, host)
	if host.scripts != 1 || host.users > 5 {
		t.Errorf("100 scripts ask for %d programs and %d users", host.scripts, host.users)
	}
}

// countingHost counts what is asked of it.
type countingHost struct {
	*fakeHost
	scripts, users int
}

func (h *countingHost) Script(path string, uid, gid uint32) ScriptStatus {
	h.scripts++
	return h.fakeHost.Script(path, uid, gid)
}

func (h *countingHost) User(name string) (uint32, uint32, bool) {
	h.users++
	return h.fakeHost.User(name)
}
