package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

const root = "../.."

// theDeb is the package that make deb has made.
func theDeb(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "build", "holdfast_*.deb"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%d packages in build: run make deb", len(found))
	}
	path, err := filepath.Abs(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func router(priority string) string {
	return `vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ` + priority + `
    advert_int 1
    virtual_ipaddress {
        192.0.2.100/24
    }
}
`
}

// TestNSPackageIsInstalledOverARunningKeepalived goes through docs/migrating.md with the package: installed
// beside Debian's, swapped in and back, the links, removed, while the MASTER's address is pinged.
func TestNSPackageIsInstalledOverARunningKeepalived(t *testing.T) {
	t.Parallel()
	deb := theDeb(t)
	lan := vlan.New(t)
	host, peer, client := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.2/24"), lan.Host("192.0.2.9/24")
	dir := t.TempDir()
	other := peer.Command("keepalived", "-P", "-n", "-l", "-G", "-f", write(t, "peer.conf", router("90")), "-p", dir+"/p", "-r", dir+"/r")
	if err := other.Start(); err != nil {
		t.Fatal("this test needs the Debian package keepalived: ", err)
	}
	t.Cleanup(func() { _ = other.Process.Signal(syscall.SIGTERM); _ = other.Wait() })
	var said strings.Builder
	ping := client.Command("ping", "-q", "-i", "0.01", "192.0.2.100")
	ping.Stdout = &said

	install := host.Command("unshare", "--mount", "sh", "install.sh", deb, write(t, "keepalived.conf", router("110")))
	log, err := os.Create(dir + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	install.Stdout, install.Stderr = log, log
	if err := install.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- install.Wait() }()
	text := func() string { b, _ := os.ReadFile(dir + "/log"); return string(b) }
	for !strings.Contains(text(), "ready\n") {
		select {
		case err := <-done:
			t.Fatalf("%v\n%s", err, text())
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err := ping.Start(); err != nil {
		t.Fatal(err)
	}
	err = <-done
	_ = ping.Process.Signal(syscall.SIGINT)
	_ = ping.Wait()
	if err != nil {
		t.Fatalf("%v\n%s", err, text())
	}
	tell(t, story, text())
	checkPings(t, said.String())
}

// story is what install.sh has to tell, in this order.
var story = []string{
	"began with /usr/sbin/keepalived",
	"installed, and /usr/sbin/keepalived goes on",
	"after the swap: /usr/sbin/holdfast",
	"at boot: K01keepalived",
	"at boot: S01holdfast",
	"after a restart: /usr/sbin/holdfast",
	"back: /usr/sbin/keepalived",
	"links: keepalived is /usr/sbin/holdfast, genhash is /usr/sbin/holdfast",
	"the other alternative: keepalived is /usr/sbin/keepalived.distrib,",
	"removed: Keepalived v2.2",
	"keepalived goes on as /usr/sbin/keepalived",
}

// tell demands that a text tells a story.
func tell(t *testing.T, story []string, text string) {
	t.Helper()
	rest := text
	for _, want := range story {
		_, after, found := strings.Cut(rest, "== "+want)
		if !found {
			t.Fatalf("it does not say %q:\n%s", want, text)
		}
		rest = after
	}
}

var summary = regexp.MustCompile(`(\d+) packets transmitted, (\d+) received`)

// checkPings: one every 10 ms, so 100 are an interval. The whole of it may cost less.
func checkPings(t *testing.T, said string) {
	t.Helper()
	m := summary.FindStringSubmatch(said)
	if m == nil {
		t.Fatalf("ping said %q", said)
	}
	sent, _ := strconv.Atoi(m[1])
	received, _ := strconv.Atoi(m[2])
	t.Logf("%d of %d pings lost, 10 ms apart", max(sent-received-1, 0), sent)
	if sent-received >= 100 {
		t.Errorf("%d of %d pings lost: that is an advertisement interval", sent-received, sent)
	}
	if sent < 500 {
		t.Errorf("only %d pings", sent)
	}
}

// TestNSPackageBringsNoFileOfKeepalived: dpkg would refuse to install it beside Debian's package.
func TestNSPackageBringsNoFileOfKeepalived(t *testing.T) {
	ours, err := exec.Command("sh", "-c", "dpkg-deb --fsys-tarfile "+theDeb(t)+" | tar -t").Output()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := exec.Command("dpkg", "-L", "keepalived").Output()
	if err != nil {
		t.Fatal("this test needs the Debian package keepalived: ", err)
	}
	have := map[string]bool{}
	for line := range strings.Lines(string(theirs)) {
		have[strings.TrimSpace(line)] = true
	}
	files := 0
	for line := range strings.Lines(string(ours)) {
		name := strings.TrimPrefix(strings.TrimSpace(line), ".")
		if strings.HasSuffix(name, "/") {
			continue
		}
		files++
		if have[name] {
			t.Errorf("%s is in both", name)
		}
	}
	if files < 20 {
		t.Errorf("only %d files in the package", files)
	}
}
