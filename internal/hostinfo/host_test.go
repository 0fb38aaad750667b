package hostinfo

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/parser/config"
)

func put(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestInterfacesAreThoseOfTheKernel compares with what the standard library says.
func TestInterfacesAreThoseOfTheKernel(t *testing.T) {
	h := New()
	all, err := net.Interfaces()
	if err != nil || len(all) == 0 {
		t.Fatalf("%d interfaces, error %v", len(all), err)
	}
	for _, want := range all {
		got, ok := h.Interface(want.Name)
		if !ok {
			t.Errorf("there is no %s", want.Name)
			continue
		}
		expected := config.Interface{
			Index: want.Index, MTU: want.MTU, Kind: got.Kind, Base: got.Base, Hardware: want.HardwareAddr,
			Loopback:  want.Flags&net.FlagLoopback != 0,
			Multicast: want.Flags&net.FlagMulticast != 0,
		}
		addrs, err := want.Addrs()
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range addrs {
			if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil {
				expected.HasIPv4 = true
			}
		}
		if diff := cmp.Diff(expected, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
	}
	if _, ok := h.Interface("nosuch0"); ok || h.Err != nil {
		t.Errorf("nosuch0: %v, error %v", ok, h.Err)
	}
}

func TestKindIsReadFromNestedAttributes(t *testing.T) {
	cases := map[string][]byte{
		"macvlan": {
			12, 0, 1, 0, 'm', 'a', 'c', 'v', 'l', 'a', 'n', 0, // IFLA_INFO_KIND
			8, 0, 2, 0, 1, 0, 0, 0, // IFLA_INFO_DATA
		},
		"veth": {
			5, 0, 2, 0, 1, 0, 0, 0, // one byte, padded
			9, 0, 1, 0, 'v', 'e', 't', 'h', 0,
		},
		"": {8, 0, 2, 0, 1, 0, 0, 0, 200, 0, 1, 0}, // longer than the message
	}
	for want, bytes := range cases {
		if got := text(nested(bytes, unix.IFLA_INFO_KIND)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := nested([]byte{0, 0, 1, 0}, unix.IFLA_INFO_KIND); got != nil {
		t.Errorf("attribute of no length: %q", got)
	}
}

func TestAccountsAreFoundByNameAndNumber(t *testing.T) {
	dir := t.TempDir()
	h := New()
	h.passwd = put(t, filepath.Join(dir, "passwd"), "# c\nroot:x:0:0:root:/root:/bin/sh\nkeep:x:500:600::/:/bin/false\nroot:x:7:7::/:\nodd:x:abc:1::/:\nshort:x\n\n")
	h.group = put(t, filepath.Join(dir, "group"), "root:x:0:\nops:x:700:keep,root\nodd:x:y:\nshort\n")
	users := []struct {
		name     string
		uid, gid uint32
		ok       bool
	}{
		{"root", 0, 0, true}, {"keep", 500, 600, true}, {"500", 500, 600, true}, {"0", 0, 0, true},
		{"501", 0, 0, false}, {"nobodyhere", 0, 0, false}, {"odd", 0, 0, false}, {"", 0, 0, false}, {"4294967295", 0, 0, false},
	}
	for _, c := range users {
		if uid, gid, ok := h.User(c.name); uid != c.uid || gid != c.gid || ok != c.ok {
			t.Errorf("user %q: %d %d %v", c.name, uid, gid, ok)
		}
	}
	groups := []struct {
		name string
		gid  uint32
		ok   bool
	}{{"ops", 700, true}, {"root", 0, true}, {"12", 12, true}, {"none", 0, false}, {"odd", 0, false}}
	for _, c := range groups {
		if gid, ok := h.Group(c.name); gid != c.gid || ok != c.ok {
			t.Errorf("group %q: %d %v", c.name, gid, ok)
		}
	}
	if h.Err != nil {
		t.Error(h.Err)
	}
}

func TestMissingAccountFileIsToldAndAnsweredWithNo(t *testing.T) {
	h := New()
	h.passwd = filepath.Join(t.TempDir(), "nope")
	if _, _, ok := h.User("root"); ok || h.Err == nil {
		t.Errorf("ok %v, error %v", ok, h.Err)
	}
}

func TestNamesOfIproute2(t *testing.T) {
	dir := t.TempDir()
	etc, usr := filepath.Join(dir, "etc"), filepath.Join(dir, "usr")
	put(t, filepath.Join(usr, "rt_tables"), "#\n255\tlocal\n200 vendor\n201 both\n")
	put(t, filepath.Join(usr, "rt_dsfield"), "0x10\tlowdelay # c\nnonsense\nx y\n")
	put(t, filepath.Join(etc, "rt_tables"), "100 mine\n101 both\n")
	put(t, filepath.Join(etc, "rt_tables.d", "a.conf"), "102 dropin\n")
	put(t, filepath.Join(etc, "rt_tables.d", "a.txt"), "103 other\n")
	h := New()
	h.tableDirs = []string{etc, usr}
	cases := []struct {
		table, name string
		id          uint32
		ok          bool
	}{
		{"table", "main", 254, true}, {"table", "vendor", 200, true}, {"table", "mine", 100, true},
		{"table", "both", 101, true}, {"table", "dropin", 102, true}, {"table", "other", 0, false},
		{"dsfield", "lowdelay", 16, true}, {"dsfield", "y", 0, false}, {"scope", "link", 253, true},
		{"protocol", "keepalived", 18, true}, {"realm", "cosmos", 0, true}, {"group", "default", 0, true},
		{"nonsense", "main", 0, false},
	}
	for _, c := range cases {
		if id, ok := h.NameID(c.table, c.name); id != c.id || ok != c.ok {
			t.Errorf("%s %s: %d %v", c.table, c.name, id, ok)
		}
	}
	if h.Err != nil {
		t.Error(h.Err)
	}
	h = New()
	h.NamesIn(etc, "")
	if id, _ := h.NameID("table", "mine"); id != 100 {
		t.Errorf("iproute_etc_dir is not looked into: %d", id)
	}
	h.NamesIn("", usr)
	if id, _ := h.NameID("table", "vendor"); id != 200 {
		t.Errorf("iproute_usr_dir is not looked into: %d", id)
	}
	if _, ok := h.NameID("table", "mine"); ok {
		t.Error("the directory of before still counts")
	}
}

func TestAddressesNeedNoNameServer(t *testing.T) {
	h := New()
	for _, name := range []string{"192.0.2.1", "2001:db8::1"} {
		if a, ok := h.LookupIP(name); !ok || a.String() != name {
			t.Errorf("%s: %v %v", name, a, ok)
		}
	}
	if a, ok := h.LookupIP("localhost"); !ok || !a.IsLoopback() {
		t.Errorf("localhost: %v %v", a, ok)
	}
}

func TestScriptsAndDirectories(t *testing.T) {
	dir := t.TempDir()
	h := New()
	if s := h.Script(filepath.Join(dir, "nope"), 0, 0); !s.Missing {
		t.Errorf("%+v", s)
	}
	name := put(t, filepath.Join(dir, "s"), "")
	if s := h.Script(name, 0, 0); !s.NotExecutable {
		t.Errorf("%+v", s)
	}
	if !h.DirExists(dir) || h.DirExists(name) || h.DirExists(filepath.Join(dir, "nope")) {
		t.Error("directories are not told from what is none")
	}
}

func TestSecretIsReadWithoutItsLineBreak(t *testing.T) {
	dir := t.TempDir()
	h := New()
	name := put(t, filepath.Join(dir, "key"), " a key \n")
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		if text, exposed, err := h.Secret(name); text != " a key " || exposed != want || err != nil {
			t.Errorf("mode %o: %q, exposed %v, %v", mode, text, exposed, err)
		}
	}
	for _, path := range []string{filepath.Join(dir, "nope"), dir, put(t, filepath.Join(dir, "empty"), "\n"), "/dev/zero"} {
		if text, _, err := h.Secret(path); err == nil {
			t.Errorf("%s: %q", path, text)
		}
	}
}
