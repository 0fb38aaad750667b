package hostinfo

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"

	"github.com/holdfast-ha/holdfast/internal/lint"
)

var _ lint.Host = (*Host)(nil)

// Stat implements lint.Host.
func (h *Host) Stat(name string) (lint.File, bool) {
	info, err := os.Stat(name)
	if err != nil {
		return lint.File{}, false
	}
	f := lint.File{Mode: info.Mode()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		f.UID, f.GID = st.Uid, st.Gid
	}
	return f, true
}

// firstLine is how much of a file is read for its first line.
const firstLine = 256

// FirstLine implements lint.Host. Only regular files are read.
func (h *Host) FirstLine(name string) (string, bool) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", false
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	line, err := bufio.NewReader(io.LimitReader(f, firstLine)).ReadString('\n')
	if err != nil && line == "" {
		return "", false
	}
	return strings.TrimSuffix(line, "\n"), true
}

// Addresses implements lint.Host.
func (h *Host) Addresses() []netip.Addr {
	list, err := net.InterfaceAddrs()
	if err != nil {
		h.failed(err)
		return nil
	}
	var all []netip.Addr
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			all = append(all, p.Addr())
		}
	}
	return all
}
