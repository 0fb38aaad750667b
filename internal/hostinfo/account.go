package hostinfo

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// accounts are the users and groups of /etc/passwd and /etc/group. A static binary has no access
// to other name services.
type accounts struct {
	users  map[string]account
	ids    map[uint32]account
	groups map[string]uint32
}

type account struct{ uid, gid uint32 }

// readAccounts reads both files once.
func (h *Host) readAccounts() *accounts {
	if h.accounts != nil {
		return h.accounts
	}
	a := &accounts{users: map[string]account{}, ids: map[uint32]account{}, groups: map[string]uint32{}}
	h.accounts = a
	h.colonLines(h.passwd, func(f []string) {
		if len(f) < 4 {
			return
		}
		uid, ok := parseID(f[2])
		gid, ok2 := parseID(f[3])
		if !ok || !ok2 {
			return
		}
		u := account{uid: uid, gid: gid}
		if _, seen := a.users[f[0]]; !seen {
			a.users[f[0]] = u
		}
		if _, seen := a.ids[uid]; !seen {
			a.ids[uid] = u
		}
	})
	h.colonLines(h.group, func(f []string) {
		if len(f) < 3 {
			return
		}
		if gid, ok := parseID(f[2]); ok {
			if _, seen := a.groups[f[0]]; !seen {
				a.groups[f[0]] = gid
			}
		}
	})
	return a
}

// colonLines reads a file of fields between colons.
func (h *Host) colonLines(name string, each func(fields []string)) {
	f, err := os.Open(name)
	if err != nil {
		h.failed(fmt.Errorf("read accounts: %w", err))
		return
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20) // a group may have many members
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line != "" && line[0] != '#' {
			each(strings.Split(line, ":"))
		}
	}
	if err := lines.Err(); err != nil {
		h.failed(fmt.Errorf("read %s: %w", name, err))
	}
}

// parseID reads a user or group number. The highest one means "none" to the kernel.
func parseID(s string) (uint32, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 1<<32-1 {
		return 0, false
	}
	return uint32(n), true
}
