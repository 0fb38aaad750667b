package daemon

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

func TestReloadSeesWhateverChangesTheConfiguration(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, dir string){
		"the file":                   func(t *testing.T, dir string) { write(t, dir, "main.conf", "# nothing is left\n", 0o644) },
		"an included file":           func(t *testing.T, dir string) { write(t, dir, "conf.d/a.conf", "vrrp_version 3\n", 0o644) },
		"a file more to include":     func(t *testing.T, dir string) { write(t, dir, "conf.d/b.conf", "", 0o644) },
		"an included file that goes": func(t *testing.T, dir string) { remove(t, dir, "conf.d/a.conf") },
		"an environment variable":    func(t *testing.T, _ string) { t.Setenv("HOLDFAST_TEST_PRIORITY", "99") },
		"a script that goes":         func(t *testing.T, dir string) { remove(t, dir, "check.sh") },
		"a script's mode":            func(t *testing.T, dir string) { chmod(t, dir, "check.sh", 0o644) },
		"a directory's mode":         func(t *testing.T, dir string) { chmod(t, dir, ".", 0o777) },
		"the text of a key":          func(t *testing.T, dir string) { write(t, dir, "key", "another key, which is long enough, too", 0o600) },
		"a name of a routing table":  func(t *testing.T, dir string) { write(t, dir, "rt_tables", "101 mine\n", 0o644) },
		"a key's mode":               func(t *testing.T, dir string) { chmod(t, dir, "key", 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HOLDFAST_TEST_PRIORITY", "100")
			dir := inputsDir(t)
			o := &Options{ConfigFile: filepath.Join(dir, "main.conf"), ConfigID: "a"}
			_, in := load(o)
			if !in.same(o) {
				t.Fatal("nothing has changed, and it is not the same")
			}
			change(t, dir)
			if in.same(o) {
				t.Error("the change is not seen")
			}
		})
	}
}

func TestReloadOfAnotherIDOrOfRandomNumbersReadsAnew(t *testing.T) {
	dir := inputsDir(t)
	o := &Options{ConfigFile: filepath.Join(dir, "main.conf"), ConfigID: "a"}
	_, in := load(o)
	if in.same(&Options{ConfigFile: o.ConfigFile, ConfigID: "b"}) {
		t.Error("lines for @b are not seen")
	}
	write(t, dir, "main.conf", "global_defs {\n router_id r${_RANDOM 1 9}\n}\n", 0o644)
	if _, in = load(o); in.same(o) {
		t.Error("a random number is drawn once")
	}
	write(t, dir, "main.conf", "global_defs {\n router_id r${_RANDOM 1 9}\n random_seed 5\n}\n", 0o644)
	if _, in = load(o); !in.same(o) {
		t.Error("the numbers of a seed are not the same")
	}
}

func TestNotingWhatIsAskedChangesNoAnswer(t *testing.T) {
	t.Setenv("HOLDFAST_TEST_PRIORITY", "100")
	o := &Options{ConfigFile: filepath.Join(inputsDir(t), "main.conf"), ConfigID: "a"}
	plain := config.Load(o.ConfigFile, parserOptions(o.ConfigID), patient{hostinfo.New()})
	plain.Add(osfiles.Files{}, findings(plain.Config)...)
	noted, _ := load(o)
	everything := cmp.Exporter(func(reflect.Type) bool { return true })
	if diff := cmp.Diff(plain.Config, noted.Config, everything); diff != "" {
		t.Errorf("the model differs:\n%s", diff)
	}
	if diff := cmp.Diff(plain.Problems, noted.Problems, everything); diff != "" {
		t.Errorf("the problems differ:\n%s", diff)
	}
	if len(noted.Config.StaticRoutes) != 1 || len(noted.Config.Instances) != 1 || noted.Config.Instances[0].Priority != 100 || len(noted.Config.Scripts) != 1 {
		t.Errorf("the file was not read: %+v, %v", noted.Config.Instances, noted.Problems)
	}
}

// inputsDir makes a configuration that depends on everything that one can depend on.
func inputsDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "main.conf", `global_defs {
  script_user root
  enable_script_security
  iproute_etc_dir `+dir+`
  include `+dir+`/conf.d/*.conf
}
static_routes {
  10.0.0.0/8 dev lo table mine
}
vrrp_script check {
  script `+dir+`/check.sh
}
vrrp_instance VI_1 {
  interface lo
  virtual_router_id 51
  priority ${_ENV HOLDFAST_TEST_PRIORITY}
  auth_hmac {
    key 1 file:`+dir+`/key
    active_key 1
  }
  track_script {
    check
  }
  virtual_ipaddress {
    192.0.2.1
  }
}
`, 0o644)
	if err := os.Mkdir(filepath.Join(dir, "conf.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "conf.d/a.conf", "vrrp_version 2\n", 0o644)
	write(t, dir, "rt_tables", "100 mine\n", 0o644)
	write(t, dir, "check.sh", "#!/bin/sh\n", 0o755)
	write(t, dir, "key", "a key that is long enough for one: 0123456789", 0o600)
	return dir
}

func write(t *testing.T, dir, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, dir, name string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
		t.Fatal(err)
	}
}

var _ parser.Files = notedFiles{}
