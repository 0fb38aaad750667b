package hostinfo

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// tableFiles are the files in which iproute2 keeps the names of a kind of number.
var tableFiles = map[string]string{
	"table":    "rt_tables",
	"scope":    "rt_scopes",
	"protocol": "rt_protos",
	"realm":    "rt_realms",
	"dsfield":  "rt_dsfield",
	"group":    "group",
}

// builtin are the names that hold without any file.
var builtin = map[string]map[string]uint32{
	"table":    {"default": 253, "main": 254, "local": 255},
	"scope":    {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255},
	"protocol": {"none": 0, "redirect": 1, "kernel": 2, "boot": 3, "static": 4, "ra": 9, "dhcp": 16, "keepalived": 18},
	"realm":    {"cosmos": 0},
	"dsfield":  {"default": 0},
	"group":    {"default": 0},
}

// NameID implements config.Host.
func (h *Host) NameID(table, name string) (uint32, bool) {
	key := strings.Join(h.tableDirs, ":") + " " + table
	names, ok := h.tables[key]
	if !ok {
		if h.tables == nil {
			h.tables = map[string]map[string]uint32{}
		}
		names = h.readTable(table)
		h.tables[key] = names
	}
	id, ok := names[name]
	return id, ok
}

// NamesIn has NameID look into other directories of iproute2 from now on (iproute_etc_dir and
// iproute_usr_dir): etc counts before usr. An empty one stays the usual one.
func (h *Host) NamesIn(etc, usr string) {
	h.tableDirs = New().tableDirs
	if etc != "" {
		h.tableDirs[0] = etc
	}
	if usr != "" {
		h.tableDirs = []string{h.tableDirs[0], usr}
	}
}

// readTable reads the files of a table and of its .d directories. A name in a directory that counts
// more replaces the same name of another.
func (h *Host) readTable(table string) map[string]uint32 {
	names := map[string]uint32{}
	for name, id := range builtin[table] {
		names[name] = id
	}
	file, ok := tableFiles[table]
	if !ok {
		return names
	}
	for _, dir := range slices.Backward(h.tableDirs) {
		h.tableFile(filepath.Join(dir, file), names)
		more, err := filepath.Glob(filepath.Join(dir, file+".d", "*.conf"))
		if err != nil {
			h.failed(fmt.Errorf("list names: %w", err))
		}
		for _, name := range more {
			h.tableFile(name, names)
		}
	}
	return names
}

// tableFile adds the names of a file: a number in C's notation, a blank and a name in each line.
func (h *Host) tableFile(file string, names map[string]uint32) {
	f, err := os.Open(file)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			h.failed(fmt.Errorf("read names: %w", err))
		}
		return
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		if id, err := strconv.ParseUint(fields[0], 0, 32); err == nil {
			names[fields[1]] = uint32(id)
		}
	}
	if err := lines.Err(); err != nil {
		h.failed(fmt.Errorf("read %s: %w", file, err))
	}
}

// InterfaceGroups are the names of interface groups by number.
func (h *Host) InterfaceGroups() map[uint32]string {
	names := map[uint32]string{}
	for name, id := range h.readTable("group") {
		if other, known := names[id]; !known || name < other {
			names[id] = name
		}
	}
	return names
}
