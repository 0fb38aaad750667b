package daemon

import (
	"errors"
	"fmt"
	"os"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// openRecording opens the file of --record, which goes on where an earlier daemon has left it. What it
// holds is for root alone, and what a symbolic or a hard link makes of the name is not written to.
func openRecording(path string) (*os.File, error) {
	// Without O_NONBLOCK a FIFO would wait for its reader.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	var st unix.Stat_t
	err = unix.Fstat(int(f.Fd()), &st)
	switch {
	case err != nil:
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		err = errors.New("not a file")
	case st.Nlink != 1:
		err = errors.New("it has another name as well: a hard link")
	case int(st.Uid) != os.Geteuid():
		err = errors.New("it belongs to another user")
	default:
		err = f.Chmod(0o600)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open recording %s: %w", path, err)
	}
	return f, nil
}

// startRecording opens the file before there is any child. Without it the daemon works all the same.
func (p *parent) startRecording() {
	if p.options.Record == "" {
		return
	}
	f, err := openRecording(p.options.Record)
	if err != nil {
		p.log.Error("nothing is recorded", zap.Error(err))
		return
	}
	p.recording = f
	p.log.Info("Recording what VRRP does to " + p.options.Record)
}

// handedRecording is the file that the parent has opened. An earlier process may have been killed within
// a line.
func handedRecording(files []*os.File) (*speaker.Recording, error) {
	if len(files) < 2 {
		return nil, errors.New("the parent could not hand over the recording")
	}
	f := files[1]
	info, err := f.Stat()
	if err == nil && info.Size() > 0 {
		_, err = f.WriteString("\n")
	}
	if err != nil {
		return nil, fmt.Errorf("write recording: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &speaker.Recording{To: f, Program: "holdfast " + Version, Host: host}, nil
}
