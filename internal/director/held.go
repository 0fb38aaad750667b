package director

import "github.com/holdfast-ha/holdfast/lvs"

// directory finds virtual servers by name; of several the first.
type directory map[string]*VirtualServer

func directoryOf(s Settings) directory {
	d := make(directory, len(s.VirtualServers))
	for i := range s.VirtualServers {
		v := &s.VirtualServers[i]
		if d[v.Name] == nil {
			d[v.Name] = v
		}
	}
	return d
}

// announcement is what has not been made known yet.
type announcement struct {
	changes []lvs.Change
	before  directory
}

// hold keeps announcements back until release. Where a whole table changes the kernel comes first:
// clients wait for it, while thousands of log lines, scripts and mails can wait.
func (d *Director) hold() { d.holding = true }

// release makes known what was held back.
func (d *Director) release() {
	held := d.held
	d.holding, d.held = false, nil
	for _, a := range held {
		d.announce(a.changes, a.before)
	}
}
