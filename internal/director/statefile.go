package director

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/lvs"
)

// owned is the content of the state file: every service that may be in the kernel because of us, and
// the roles of sync daemons.
type owned struct {
	Services []lvs.ServiceKey
	Sync     []lvs.SyncRole `json:",omitempty"`
	// Marks are the tables that mark packets, if there may be any.
	Marks []string `json:",omitempty"`
	// Overrides outlive the daemon: a real server that was drained for maintenance is drained until
	// somebody says otherwise.
	Overrides []lvs.Override `json:",omitempty"`
}

// recall takes back what an earlier process owned.
func (d *Director) recall() {
	if d.deps.StateFile == "" {
		return
	}
	b, err := os.ReadFile(d.deps.StateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var o owned
	if err == nil {
		err = json.Unmarshal(b, &o)
	}
	if err != nil {
		d.log.Warn("the state file is not readable: services that the configuration no longer has may stay",
			zap.String("file", d.deps.StateFile), zap.Error(err))
		return
	}
	d.core.Own(o.Services)
	for _, order := range o.Overrides { // what is not configured any more is forgotten
		d.core.Step(lvs.Event{Kind: lvs.Overridden, Override: order})
	}
	d.recallSync(o.Sync)
	d.marks.former = o.Marks
}

// remember writes down what is ours now, before any of it is in the kernel.
func (d *Director) remember() {
	if d.deps.StateFile == "" {
		return
	}
	keys := slices.SortedFunc(maps.Keys(d.core.Services()), lvs.ServiceKey.Compare)
	d.writeDown(owned{Services: keys, Sync: d.sync.owned, Marks: d.markTables(), Overrides: d.core.Overrides()})
}

func (d *Director) writeDown(o owned) {
	if err := writeState(d.deps.StateFile, o); err != nil {
		d.log.Warn("the state file could not be written", zap.Error(err))
	}
}

// forgetAll: nothing of ours is left in the kernel. The file goes unless it has orders to keep.
func (d *Director) forgetAll() {
	switch orders := d.core.Overrides(); {
	case d.deps.StateFile == "":
	case len(orders) > 0:
		d.writeDown(owned{Overrides: orders})
	default:
		_ = os.Remove(d.deps.StateFile)
	}
}

// writeState replaces the file as a whole, so that a crash leaves the old or the new one.
func writeState(name string, o owned) error {
	b, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
