package procmon

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/net/bpf"
)

func TestMatchesComparesAsKeepalivedDoes(t *testing.T) {
	one, two := process{comm: "sleep", args: []string{"/bin/sleep", "1000"}}, process{comm: "sleep", args: []string{"/bin/sleep", "1000", "200"}}
	kernel := process{comm: "kthreadd"}
	for _, c := range []struct {
		name  string
		match Match
		want  []bool // of one, two and kernel
	}{
		{"the name", Match{Name: "sleep"}, []bool{true, true, false}},
		{"a path is no name", Match{Name: "/bin/sleep"}, []bool{false, false, false}},
		{"a kernel thread", Match{Name: "kthreadd"}, []bool{false, false, true}},
		{"the program", Match{Name: "/bin/sleep", Command: true}, []bool{true, true, false}},
		{"a name is no program", Match{Name: "sleep", Command: true}, []bool{false, false, false}},
		{"all parameters", Match{Name: "/bin/sleep", Command: true, Params: []string{"1000"}, How: Exact}, []bool{true, false, false}},
		{"no parameters", Match{Name: "/bin/sleep", Command: true, How: Exact}, []bool{false, false, false}},
		{"the first parameters", Match{Name: "/bin/sleep", Command: true, Params: []string{"1000"}, How: Partial}, []bool{true, true, false}},
		{"the first parameters are compared whole", Match{Name: "/bin/sleep", Command: true, Params: []string{"10"}, How: Partial}, []bool{false, false, false}},
		{"the last may be longer", Match{Name: "/bin/sleep", Command: true, Params: []string{"1000", "20"}, How: Initial}, []bool{false, true, false}},
		{"the others may not", Match{Name: "/bin/sleep", Command: true, Params: []string{"10", "20"}, How: Initial}, []bool{false, false, false}},
		{"more than there are", Match{Name: "/bin/sleep", Command: true, Params: []string{"1000", "200", "0"}, How: Initial}, []bool{false, false, false}},
		{"initial without parameters", Match{Name: "/bin/sleep", Command: true, How: Initial}, []bool{true, true, false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i, p := range []process{one, two, kernel} {
				if got := c.match.matches(&p); got != c.want[i] {
					t.Errorf("%+v: %v, want %v", p, got, c.want[i])
				}
			}
		})
	}
}

// message is an event as the kernel sends it.
func message(k kind, words ...uint32) []byte {
	b := make([]byte, offEvent, offEvent+4*len(words))
	binary.NativeEndian.PutUint32(b[offKind:], uint32(k))
	for _, w := range words {
		b = binary.NativeEndian.AppendUint32(b, w)
	}
	return b
}

func TestFilterLetsPassWhatIsDecoded(t *testing.T) {
	vm, err := bpf.NewVM(filter())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		message []byte
		want    event
		pass    bool
	}{
		{"answer", message(acknowledged, 0), event{kind: acknowledged}, true},
		{"refusal", message(acknowledged, 22), event{kind: acknowledged, status: 22}, true},
		{"fork", message(forked, 7, 6, 9, 9), event{kind: forked, parent: 6, pid: 9}, true},
		{"thread", message(forked, 7, 6, 9, 6), event{}, false},
		{"exec", message(executed, 9, 9), event{kind: executed, pid: 9}, true},
		{"rename", message(renamed, 9, 9, 0, 0, 0, 0), event{kind: renamed, pid: 9}, true},
		{"rename of a thread", message(renamed, 10, 9, 0, 0, 0, 0), event{}, false},
		{"exit", message(exited, 9, 9, 0, 17), event{kind: exited, pid: 9}, true},
		{"end of a thread", message(exited, 10, 9, 0, 17), event{}, false},
		{"change of the user", message(4, 9, 9, 0, 0), event{}, false},
		{"short", message(forked, 7, 6), event{}, false},
		{"empty", nil, event{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := vm.Run(c.message)
			if err != nil && len(c.message) > 0 {
				t.Fatal(err)
			}
			e, ok := decode(c.message)
			if (n > 0) != c.pass || ok != c.pass || ok && e != c.want {
				t.Errorf("passes %v, decoded %v %+v; want %v %+v", n > 0, ok, e, c.pass, c.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(message(forked, 7, 6, 9, 9))
	f.Add(message(exited, 9, 9))
	vm, err := bpf.NewVM(filter())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, ok := decode(b)
		if n, err := vm.Run(b); err == nil && ok && n == 0 {
			t.Errorf("% x is decoded but never passes", b)
		}
	})
}

// tree is a process tree of files.
type tree struct {
	t   *testing.T
	dir string
}

func (f tree) put(pid int, comm, state, cmdline string) {
	f.t.Helper()
	dir := filepath.Join(f.dir, fmt.Sprint(pid))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		f.t.Fatal(err)
	}
	for name, content := range map[string]string{"stat": fmt.Sprintf("%d (%s) %s 1 1 1", pid, comm, state), "cmdline": cmdline} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			f.t.Fatal(err)
		}
	}
}

func TestTableFollowsEvents(t *testing.T) {
	f := tree{t, t.TempDir()}
	f.put(1, "init", "S", "/sbin/init\x00")
	f.put(10, "a) (b", "S", "/x\x00-c\x00")
	f.put(11, "nginx", "Z", "")
	f.put(12, "nginx", "S", "nginx: master\x00")
	table := newTable(proc(f.dir), []Match{{Name: "nginx"}, {Name: "a) (b"}, {Name: "/x", Command: true, Params: []string{"-c"}, How: Exact}})
	check := func(what string, want ...int) {
		t.Helper()
		if fmt.Sprint(table.counts) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", what, table.counts, want)
		}
	}
	if err := table.scan(); err != nil {
		t.Fatal(err)
	}
	check("a zombie does not run", 1, 1, 1)
	table.apply(event{kind: forked, parent: 12, pid: 13})
	check("a child is what its parent is", 2, 1, 1)
	table.apply(event{kind: forked, parent: 1, pid: 14})
	f.put(13, "sh", "S", "sh\x00")
	table.apply(event{kind: executed, pid: 13})
	check("it executes something else", 1, 1, 1)
	f.put(13, "nginx", "S", "sh\x00")
	table.apply(event{kind: renamed, pid: 13})
	check("and takes the name", 2, 1, 1)
	table.apply(event{kind: exited, pid: 12})
	table.apply(event{kind: exited, pid: 12})
	table.apply(event{kind: exited, pid: 99})
	check("ends, and unknown ones", 1, 1, 1)
	table.apply(event{kind: executed, pid: 77}) // gone before it could be read
	if err := os.RemoveAll(filepath.Join(f.dir, "13")); err != nil {
		t.Fatal(err)
	}
	if err := table.scan(); err != nil {
		t.Fatal(err)
	}
	check("what a scan misses is gone", 1, 1, 1)
}

// start runs a program under a name of its own.
func start(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(sleep, path); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _, _ = cmd.Process.Wait() })
	return cmd
}

func await(t *testing.T, what string, counts <-chan []int, want int) time.Duration {
	t.Helper()
	begin := time.Now()
	for limit := time.After(30 * time.Second); ; {
		select {
		case c := <-counts:
			if c[0] == want {
				return time.Since(begin)
			}
		case <-limit:
			t.Fatalf("not within 30s: %s", what)
		}
	}
}

func TestNSProcessIsSeenToStartAndEnd(t *testing.T) {
	for _, poll := range []bool{false, true} {
		t.Run(fmt.Sprintf("poll %v", poll), func(t *testing.T) {
			name := fmt.Sprintf("hf%.1s%d", fmt.Sprint(poll), os.Getpid()) // the kernel keeps 15 octets
			counts := make(chan []int, 100)
			m, first, err := Watch([]Match{{Name: name}}, Options{Poll: poll, Changed: func(c []int) { counts <- c }})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			if first[0] != 0 {
				t.Fatalf("%d processes before the first", first[0])
			}
			if polls := m.connector == nil; polls != poll {
				t.Fatalf("%s: this test needs the host's pid namespace", m.Mode())
			}
			cmd := start(t, name, "1000")
			started := await(t, "it starts", counts, 1)
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			ended := await(t, "it ends", counts, 0)
			t.Logf("%s: start seen after %v, end after %v", m.Mode(), started, ended)
		})
	}
}
