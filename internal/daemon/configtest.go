package daemon

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/parser"
)

// testConfig is --config-test: it reports every problem and returns keepalived's exit status.
func testConfig(o *Options) int {
	out := io.Writer(os.Stderr)
	if o.TestFile != "" {
		f, err := os.OpenFile(o.TestFile, os.O_WRONLY|os.O_CREATE|os.O_APPEND|unix.O_NOFOLLOW, 0o666)
		if err != nil {
			fmt.Fprintln(os.Stderr, "holdfast: the report cannot be written:", err)
			return exitFatal
		}
		defer f.Close()
		out = f
	}
	r := check(o)
	if name := or(o.Namespace, r.Config.Global.NetNamespace); name != "" && hostinfo.New().NetNamespace(name) {
		if status, entered := enterNamespace(name, "holdfast"); !entered {
			return status
		}
	}
	w := bufio.NewWriter(out)
	defer w.Flush()
	for i := range r.Problems {
		if r.Problems[i].Severity == parser.Hint {
			continue // keepalived has no word for it; holdfastctl check shows hints too
		}
		fmt.Fprint(w, parser.Render(r.Problems[i]))
	}
	status := r.TestStatus()
	if o.BadFacility != "" {
		fmt.Fprintf(w, "option -S: %q is no syslog facility: daemon is used; write 0 to 7, local0 to local7, user or daemon\n", o.BadFacility)
		if status == exitOK || status == exitPermission {
			status = exitGeneral
		}
	}
	if p := unreadable(&r, o.ConfigFile); p != nil {
		// keepalived says so and exits 0; scripts that test before a restart know it so.
		return exitOK
	}
	return status
}
