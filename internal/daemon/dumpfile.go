package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// dumpPath is where the data of a process goes: keepalived.data among the temporary files or what
// state_dump_file says, a directory if it ends in a slash; a relative one is a name among the temporary
// files. What tells the process stands before the extension, with data_use_instance the daemon too.
func dumpPath(g *config.Global, temp, process, daemon string) string {
	dir, file := temp, "keepalived.data"
	if d, f := filepath.Split(g.StateDumpFile); g.StateDumpFile != "" {
		if filepath.IsAbs(d) {
			dir = d
		}
		if f != "" {
			file = f
		}
	}
	ext := filepath.Ext(file)
	name := strings.TrimSuffix(file, ext) + process
	if g.DataUseInstance && daemon != "" {
		name += "." + daemon
	}
	return filepath.Join(dir, name+ext)
}

// saveData writes what a reload finds or has made into config_save_dir, a file for each process:
// keepalived_vrrp.PID.N.pre and .post, with the number of the reload. It asks the processes and must not
// be called from the loop.
func (p *parent) saveData(dir string, number uint64, when string) {
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.log.Error(fmt.Sprintf("Unable to create config_save_dir %s", dir), zap.Error(err))
		return
	}
	for _, d := range p.data() {
		p.dump(filepath.Join(dir, fmt.Sprintf("keepalived_%s.%d.%d.%s", d.name, d.pid, number, when)), d.text)
	}
}
