package script_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/script"
)

// tree is a file system in memory. What is not listed does not exist.
type tree map[string]node

type node struct {
	mode     fs.FileMode
	uid, gid uint32
	link     string
}

func (t tree) Lstat(name string) (script.FileInfo, error) {
	dir, base := path.Split(path.Clean(name))
	if n := t[path.Clean(dir)]; n.link != "" && base != "" {
		return t.Lstat(path.Join(dir, "..", n.link, base))
	}
	n, ok := t[path.Clean(name)]
	if !ok {
		return script.FileInfo{}, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
	}
	if n.link != "" {
		n.mode = fs.ModeSymlink | 0o777
	}
	return script.FileInfo{Mode: n.mode, UID: n.uid, GID: n.gid}, nil
}

func (t tree) Readlink(name string) (string, error) { return t[path.Clean(name)].link, nil }

var host = tree{
	"/":                 {mode: fs.ModeDir | 0o755},
	"/bin":              {link: "usr/bin"},
	"/usr":              {mode: fs.ModeDir | 0o755},
	"/usr/bin":          {mode: fs.ModeDir | 0o755},
	"/usr/bin/ok":       {mode: 0o755},
	"/usr/bin/rootonly": {mode: 0o700},
	"/usr/bin/plain":    {mode: 0o644},
	"/usr/bin/suid":     {mode: 0o755 | fs.ModeSetuid},
	"/usr/bin/sgid":     {mode: 0o755 | fs.ModeSetgid},
	"/usr/bin/all":      {mode: 0o777},
	"/usr/bin/group0":   {mode: 0o775},
	"/usr/bin/group5":   {mode: 0o775, gid: 5},
	"/usr/bin/alias":    {link: "ok"},
	"/usr/bin/away":     {link: "/home/me/s"},
	"/usr/bin/loop":     {link: "loop"},
	"/usr/bin/mine":     {link: "ok", uid: 5},
	"/home":             {mode: fs.ModeDir | 0o755},
	"/home/me":          {mode: fs.ModeDir | 0o755, uid: 1000, gid: 1000},
	"/home/me/s":        {mode: 0o755},
	"/home/me/suid":     {mode: 0o755 | fs.ModeSetuid},
	"/home/me/own":      {mode: 0o700, uid: 1000, gid: 1000},
	"/home/me/grp":      {mode: 0o070, uid: 1001, gid: 1000},
	"/tmp":              {mode: fs.ModeDir | fs.ModeSticky | 0o777},
	"/tmp/s":            {mode: 0o755},
	"/open":             {mode: fs.ModeDir | 0o777},
	"/open/s":           {mode: 0o755},
}

// The rules were tried on keepalived 2.2.7, but for the symbolic links that 2.3 refuses.
func TestScriptSecurityFollowsKeepalivedsRules(t *testing.T) {
	resolved := func(p string) script.Status { return script.Status{Resolved: p} }
	insecure := func(p, component, detail string) script.Status {
		return script.Status{Insecure: true, Resolved: p, Component: component, Detail: detail}
	}
	cases := []struct {
		name, program string
		uid, gid      uint32
		want          script.Status
	}{
		{"secure", "/usr/bin/ok", 0, 0, resolved("/usr/bin/ok")},
		{"root's group may write", "/usr/bin/group0", 0, 0, resolved("/usr/bin/group0")},
		{"another group may write", "/usr/bin/group5", 0, 0, insecure("/usr/bin/group5", "/usr/bin/group5", "mode 0775: gid 5 may write")},
		{"everybody may write", "/usr/bin/all", 0, 0, insecure("/usr/bin/all", "/usr/bin/all", "mode 0777: everybody may write")},
		{"directory of a user", "/home/me/s", 0, 0, insecure("/home/me/s", "/home/me", "owned by uid 1000")},
		{"directory open to all", "/open/s", 0, 0, insecure("/open/s", "/open", "mode 0777: everybody may write")},
		{"sticky directory", "/tmp/s", 0, 0, resolved("/tmp/s")},
		{"group root alone", "/home/me/s", 1000, 0, insecure("/home/me/s", "/home/me", "owned by uid 1000")},
		{"not run as root", "/home/me/s", 1000, 1000, resolved("/home/me/s")},
		{"setuid root", "/home/me/suid", 1000, 1000, insecure("/home/me/suid", "/home/me", "owned by uid 1000")},
		{"setgid root, secure", "/usr/bin/sgid", 1000, 1000, resolved("/usr/bin/sgid")},
		{"link before the last component", "/bin/ok", 0, 0, script.Status{Symlinked: true, Resolved: "/usr/bin/ok", Component: "/bin", Detail: "a symbolic link"}},
		{"such a link does not matter to others", "/bin/ok", 1000, 1000, resolved("/usr/bin/ok")},
		{"link as the last component", "/usr/bin/alias", 0, 0, resolved("/usr/bin/ok")},
		{"link of another owner", "/usr/bin/mine", 0, 0, insecure("/usr/bin/ok", "/usr/bin/mine", "owned by uid 5")},
		{"link into an insecure directory", "/usr/bin/away", 0, 0, insecure("/home/me/s", "/home/me", "owned by uid 1000")},
		{"way through an insecure directory", "/open/../usr/bin/ok", 0, 0, insecure("/usr/bin/ok", "/open", "mode 0777: everybody may write")},
		{"missing", "/usr/bin/nope", 0, 0, script.Status{Missing: true, Component: "/usr/bin/nope", Detail: "file does not exist"}},
		{"links in a circle", "/usr/bin/loop", 0, 0, script.Status{Missing: true, Component: "/usr/bin/loop", Detail: "too many symbolic links"}},
		{"not executable", "/usr/bin/plain", 0, 0, script.Status{NotExecutable: true, Resolved: "/usr/bin/plain", Component: "/usr/bin/plain", Detail: "mode 0644"}},
		{"a directory", "/usr/bin", 0, 0, script.Status{NotExecutable: true, Resolved: "/usr/bin", Component: "/usr/bin", Detail: "not a regular file"}},
		{"not for others", "/usr/bin/rootonly", 1000, 1000, script.Status{NotExecutable: true, Resolved: "/usr/bin/rootonly", Component: "/usr/bin/rootonly", Detail: "mode 0700"}},
		{"for its owner", "/home/me/own", 1000, 7, resolved("/home/me/own")},
		{"for its group", "/home/me/grp", 7, 1000, resolved("/home/me/grp")},
		{"bare name", "ok", 0, 0, script.Status{Symlinked: true, Resolved: "/usr/bin/ok", Component: "/bin", Detail: "a symbolic link"}},
		{"bare name that is nowhere", "nope", 0, 0, script.Status{Missing: true, Component: "nope", Detail: "not found in PATH"}},
		{"a file to be opened", "</usr/bin/plain", 0, 0, resolved("/usr/bin/plain")},
		{"a file to be opened that is missing", "</nope", 0, 0, script.Status{Missing: true, Component: "/nope", Detail: "file does not exist"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := script.Inspect(host, c.program, c.uid, c.gid, "/nowhere:/bin")
			// A link as the last component stays: what it leads to is another program's name.
			want := c.want
			if want.Program = want.Resolved; strings.Contains(c.name, "link") && strings.HasPrefix(c.program, "/usr/bin/") && !want.Missing {
				want.Program = c.program
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSecurityLooksAtTheRealFileSystem(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "s")
	if err := os.WriteFile(name, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	got := script.Inspect(script.OSFiles{}, name, 0, 0, "")
	if !got.Insecure || got.Resolved != name {
		t.Errorf("a directory that everybody may write to: %+v", got)
	}
}
