//go:build lab

package scenario

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

var (
	directorName = flag.String("director", "holdfast", "the program under test: holdfast or keepalived")
	guests       = flag.Int("guests", 2, "kernels running at a time")
	inGuest      = flag.Bool("guest", false, "run in guests what could run on the host's kernel")
	verbose      = flag.Bool("logs", false, "print what the daemons log")
	handovers    = flag.Int("handovers", 4, "how often TestHandovers switches over; each takes about 6 s")
)

// withoutIPVS are the scenarios that need no IPVS: they run on the host's own kernel, where they are
// cheaper and milliseconds can be measured better.
var withoutIPVS = map[string]bool{
	"TestInterop2": true, "TestInterop3": true, "TestInteropFast": true, "TestTracked": true, "TestTrackedSessions": true, "TestTakeoverBound": true,
	"TestPlannedStopOfAddresses": true, "TestStandstill": true,
	"TestFRRouting": true, "TestBadStart": true, "TestAddressHeldByAnother": true, "TestMalformedPackets": true,
}

// removesModules are the scenarios that take modules out of the kernel: it is not to be the host's.
var removesModules = map[string]bool{"TestMissingModule": true, "TestFaults": true}

// guestLimit is the longest that one test may take, its boot included: twice what the longest one takes on a
// busy machine. More handovers and flaps take longer.
const guestLimit = 6 * time.Minute

// testLimit is the longest that a test may take as it was asked for.
func testLimit() time.Duration {
	return guestLimit + *soak + time.Duration(*handovers)*10*time.Second + time.Duration(*flaps)*5*time.Second
}

// TestMain runs the tests when this process is inside the lab, and sends each of them there when
// it is not.
func TestMain(m *testing.M) {
	lab.GuestMain()
	flag.Parse()
	if list := flag.Lookup("test.list"); list.Value.String() != "" {
		os.Exit(m.Run())
	}
	if lab.Inside() {
		if err := lab.Enter(); err != nil {
			fmt.Fprintln(os.Stderr, "enter the lab:", err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	ok, err := dispatch(os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
	if !ok {
		fmt.Println("FAIL")
		os.Exit(1)
	}
	fmt.Println("PASS")
}

// dispatch runs every wanted test in a kernel of its own, some at a time.
func dispatch(out io.Writer) (bool, error) {
	// What ends this process must end its guests.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	defer stop()
	files, err := programs()
	if err != nil {
		return false, err
	}
	tests, below, err := wanted()
	if err != nil {
		return false, err
	}
	if len(tests) == 0 {
		return false, fmt.Errorf("no scenario matches %q", flag.Lookup("test.run").Value)
	}
	var (
		mu    sync.Mutex
		group sync.WaitGroup
		all   = true
		next  = make(chan string)
		live  = len(tests) == 1
	)
	for range max(1, *guests) {
		group.Go(func() {
			for name := range next {
				var said bytes.Buffer
				var to io.Writer = &said
				if live {
					to = out
				}
				passed := runOne(ctx, to, name, below, files)
				mu.Lock()
				all = all && passed
				_, _ = out.Write(withoutVerdict(said.Bytes()))
				mu.Unlock()
			}
		})
	}
	for _, name := range tests {
		next <- name
	}
	close(next)
	group.Wait()
	return all, nil
}

// runOne runs one test in the lab and tells whether it passed.
func runOne(ctx context.Context, out io.Writer, name, below string, files map[string]string) bool {
	onHost := lab.HostHasIPVS() && !removesModules[name] || withoutIPVS[name] && !*inGuest
	parallel := "8" // a guest has one processor
	if onHost {
		parallel = "16" // most of the time is waiting
	}
	args := []string{
		"-test.parallel=" + parallel,
		"-test.run=^" + name + "$" + below, "-test.v=" + flag.Lookup("test.v").Value.String(),
		"-test.timeout=" + testLimit().String(),
		"-director=" + *directorName, fmt.Sprintf("-logs=%v", *verbose), fmt.Sprintf("-handovers=%d", *handovers), fmt.Sprintf("-flaps=%d", *flaps), fmt.Sprintf("-soak=%v", *soak),
	}
	ctx, cancel := context.WithTimeout(ctx, testLimit()+time.Minute)
	defer cancel()
	var status int
	var err error
	if onHost {
		status, err = lab.OnHost(ctx, out, files, args...)
	} else {
		status, err = lab.Guest{Args: append([]string{"lab"}, args...), Files: files, Output: out}.Boot(ctx)
	}
	if err != nil {
		fmt.Fprintf(out, "--- FAIL: %s (0.00s)\n    %v\n", name, err)
		return false
	}
	return status == 0
}

// programs finds what the guests need beside this program.
func programs() (map[string]string, error) {
	path := os.Getenv("HOLDFAST_BINARY")
	if path == "" {
		path = filepath.Join("..", "..", "..", "bin", "holdfast")
	}
	if _, err := os.Stat(path); err != nil {
		if *directorName == lab.Keepalived.Name {
			return nil, nil
		}
		return nil, fmt.Errorf("find the daemon (make build): %w", err)
	}
	files := map[string]string{"holdfast": path}
	if tool := path + "ctl"; fileExists(tool) {
		files["holdfastctl"] = tool
	}
	if packages, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "..", "build", "holdfast_*.deb")); len(packages) == 1 {
		files["holdfast.deb"] = packages[0]
	}
	return files, nil
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// wanted lists the tests that -test.run selects, and the part of the selection that is about
// subtests.
func wanted() (tests []string, below string, err error) {
	pattern := flag.Lookup("test.run").Value.String()
	if top, rest, ok := strings.Cut(pattern, "/"); ok {
		pattern, below = top, "/"+rest
	}
	if pattern == "" {
		pattern = "."
	}
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	out, err := exec.Command(self, "-test.list", pattern).Output()
	if err != nil {
		return nil, "", fmt.Errorf("list the scenarios: %w", err)
	}
	skip := flag.Lookup("test.skip").Value.String()
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		if skip != "" && regexp.MustCompile(skip).MatchString(name) {
			continue
		}
		if strings.HasPrefix(name, "Test") {
			tests = append(tests, name)
		}
	}
	return tests, below, nil
}

// withoutVerdict takes a guest's own last word away: there is one verdict on all of them.
func withoutVerdict(text []byte) []byte {
	for _, verdict := range []string{"PASS\n", "FAIL\n"} {
		if rest, ok := bytes.CutSuffix(text, []byte(verdict)); ok {
			return rest
		}
	}
	return text
}
