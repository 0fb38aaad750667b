package compare_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/config/compare"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func load(text string) *config.Config {
	return config.LoadText("main", text, parser.Options{ConfigID: "me"}, config.AnyHost{}).Config
}

func lines(changes []compare.Change) string {
	var b strings.Builder
	for _, c := range changes {
		b.WriteString(c.String() + "\n")
	}
	return b.String()
}

func TestGoldenDifferences(t *testing.T) {
	paths, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(paths) < 4 {
		t.Fatalf("golden files: %v %v", paths, err)
	}
	for _, p := range paths {
		t.Run(filepath.Base(p), func(t *testing.T) {
			a, err := txtar.ParseFile(p)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.Files) != 3 {
				t.Fatalf("%d files", len(a.Files))
			}
			before, after := load(string(a.Files[0].Data)), load(string(a.Files[1].Data))
			got := lines(compare.Configs(before, after))
			if *update {
				a.Files[2].Data = []byte(got)
				if err := os.WriteFile(p, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(a.Files[2].Data), got); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
			mirrored(t, before, after)
		})
	}
}

// mirrored holds that the way back has the same differences, the other way round.
func mirrored(t *testing.T, a, b *config.Config) {
	t.Helper()
	there, back := map[string]int{}, map[string]int{}
	for _, c := range compare.Configs(a, b) {
		there[c.String()]++
	}
	for _, c := range compare.Configs(b, a) {
		c.Old, c.New = c.New, c.Old
		switch c.Kind {
		case compare.Added:
			c.Kind = compare.Removed
		case compare.Removed:
			c.Kind = compare.Added
		}
		back[c.String()]++
	}
	if diff := cmp.Diff(there, back); diff != "" {
		t.Errorf("there and back (-there +back):\n%s", diff)
	}
	if n := compare.Configs(a, a); len(n) > 0 || !compare.Equal(a, a) {
		t.Errorf("a configuration differs from itself:\n%s", lines(n))
	}
}

const whole = `
global_defs {
  router_id x
  notification_email { a@example.com b@example.com }
}
vrrp_script s1 { script "/bin/true a" }
vrrp_sync_group G { group { VI_1 VI_2 } }
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 1
  virtual_ipaddress { 192.0.2.1
    192.0.2.2 dev eth1 }
  track_script { s1 }
}
vrrp_instance VI_2 {
  interface eth0
  virtual_router_id 2
  virtual_ipaddress {
    192.0.2.3
  }
}
virtual_server 192.0.2.1 80 {
  lb_algo rr
  lb_kind DR
  protocol TCP
  real_server 10.0.0.1 80 { TCP_CHECK { }
  }
  real_server 10.0.0.2 80 {
  }
}
virtual_server fwmark 3 {
  lb_kind NAT
  real_server 10.0.0.1 80 {
  }
}
`

// The same, otherwise said: order, comments, spelling, definitions, defaults written out.
const sameWhole = `
# another spelling
$RS=real_server
vrrp_script s1 {
  script "/bin/true  a"
  interval 1
  user root
}
virtual_server fwmark 3 {
  lb_algo wlc
  lvs_method nat
  $RS 10.0.0.1 80 { weight 1
  }
}
virtual_server 192.0.2.1 80 {
  lvs_sched rr
  lb_kind DR
  protocol TCP
  $RS 10.0.0.2 80 {
  }
  $RS 10.0.0.1 80 {
    TCP_CHECK { connect_timeout 5
    }
    weight 1
  }
}
vrrp_instance VI_2 {
  state BACKUP
  interface eth0
  virtual_router_id 2
  priority 100
  advert_int 1.0
  virtual_ipaddress { 192.0.2.3/32 dev eth0
  }
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 01
  garp_master_delay 5
  virtual_ipaddress {
    192.0.2.2/32 dev eth1
    192.0.2.1
  }
  track_script {
    s1 weight 0
  }
}
vrrp_sync_group G {
  group {
    VI_2
    VI_1
  }
}
global_defs {
  notification_email { b@example.com
   a@example.com }
  router_id "x"
  handover on
}
`

func TestWhatMeansTheSameIsEqual(t *testing.T) {
	if diff := lines(compare.Configs(load(whole), load(sameWhole))); diff != "" {
		t.Errorf("differences:\n%s", diff)
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	const a = "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 1\nauthentication {\nauth_type PASS\nauth_pass first\n}\nvirtual_ipaddress {\n192.0.2.1\n}\n}\nSSL {\npassword first\nkey first\n}"
	text := lines(compare.Configs(load(a), load(strings.ReplaceAll(a, "first", "second"))))
	want := "~ vrrp_instance VI_1: auth_pass changed\n~ SSL: password changed\n~ SSL: key changed\n"
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}

// Every field of the model that is set to something else is a difference, unless it is listed as one
// that says nothing: a new field cannot be forgotten.
func TestEveryFieldCounts(t *testing.T) {
	for _, f := range compare.Fields() {
		a, b := reflect.New(f.Type), reflect.New(f.Type)
		if !change(b.Elem().FieldByName(f.Field)) {
			t.Errorf("%s.%s: a type that the test cannot set", f.Type.Name(), f.Field)
			continue
		}
		if n := compare.Structs(a.Elem(), b.Elem()); len(n) == 0 {
			t.Errorf("%s.%s is not compared", f.Type.Name(), f.Field)
		}
	}
}

func TestEveryNameIsAKeywordOrExplained(t *testing.T) {
	known := map[string]bool{}
	for _, k := range config.Keywords() {
		known[k.Name] = true
		for _, w := range strings.FieldsFunc(k.Args+" "+k.Note, func(r rune) bool { return strings.ContainsRune(" []()<>|,;:", r) }) {
			known[w] = true
		}
	}
	for _, f := range compare.Fields() {
		first, _, _ := strings.Cut(f.Name, " ")
		if f.Name != "" && !known[first] && !compare.PartNames[f.Name] {
			t.Errorf("%s.%s is called %q, which nobody writes", f.Type.Name(), f.Field, f.Name)
		}
	}
}
