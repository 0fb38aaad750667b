package script

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// FileInfo is what the security rules ask about a file.
type FileInfo struct {
	Mode     fs.FileMode // with fs.ModeSetuid, fs.ModeSetgid and fs.ModeSticky
	UID, GID uint32
}

// Files is the part of a file system that the security rules look at.
type Files interface {
	// Lstat tells of a file and does not follow a symbolic link.
	Lstat(name string) (FileInfo, error)
	// Readlink returns what a symbolic link holds.
	Readlink(name string) (string, error)
}

// Status is the outcome of looking at a script. Missing and NotExecutable exclude the others.
type Status struct {
	Missing       bool   // there is no such file, or no way to it
	NotExecutable bool   // not a file that the account may execute
	Insecure      bool   // somebody else than root can change what root would run
	Symlinked     bool   // a component before the last is a symbolic link
	Component     string // path component at fault
	Detail        string // what is wrong with it
	Resolved      string // path with all symbolic links resolved
	Program       string // path as found, with the symbolic links of its directory resolved
}

// defaultPath is where a bare name is looked for when the environment has no PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Inspect looks at the program of a command that is to run as uid and gid. search is the PATH in
// which a name without a slash is looked for.
//
// The rules are keepalived's: what runs with the rights of root (uid or gid 0, or setuid or setgid
// to it) must lie on a path of which every component, as written and as resolved, belongs to root
// and can be written by nobody else; a sticky directory may be writable. keepalived 2.3 and later
// also refuse a symbolic link before the last component of the path as written.
func Inspect(files Files, program string, uid, gid uint32, search string) Status {
	if name, ok := OpenTest([]string{program}); ok {
		return inspectOpen(files, name)
	}
	name, ok := find(files, program, search)
	if !ok {
		return Status{Missing: true, Component: program, Detail: "not found in PATH"}
	}
	resolved, info, err := resolve(files, name)
	if err != nil {
		return Status{Missing: true, Component: culprit(err, name), Detail: reason(err)}
	}
	s := Status{Resolved: resolved, Program: name}
	if dir, _, err := resolve(files, path.Dir(name)); err == nil && strings.Contains(name, "/") {
		s.Program = path.Join(dir, path.Base(name))
	}
	switch {
	case !info.Mode.IsRegular():
		s.NotExecutable, s.Component, s.Detail = true, resolved, "not a regular file"
		return s
	case !executable(info, uid, gid):
		s.NotExecutable, s.Component = true, resolved
		s.Detail = fmt.Sprintf("mode %04o", info.Mode.Perm())
		return s
	}
	if !privileged(info, uid, gid) {
		return s
	}
	insecure(files, name, &s, true)
	if !s.Insecure && resolved != name {
		insecure(files, resolved, &s, false)
	}
	return s
}

// inspectOpen looks at the file of a command that only tests whether it can be opened.
func inspectOpen(files Files, name string) Status {
	resolved, _, err := resolve(files, name)
	if err != nil {
		return Status{Missing: true, Component: culprit(err, name), Detail: reason(err)}
	}
	return Status{Resolved: resolved, Program: resolved}
}

// find returns the path of a program; a name without a slash is searched for.
func find(files Files, program, search string) (string, bool) {
	if strings.Contains(program, "/") {
		return program, true
	}
	if search == "" {
		search = defaultPath
	}
	for _, dir := range strings.Split(search, ":") {
		if dir == "" {
			dir = "."
		}
		name := path.Join(dir, program)
		if _, info, err := resolve(files, name); err == nil && info.Mode.IsRegular() && info.Mode.Perm()&0o111 != 0 {
			return name, true
		}
	}
	return "", false
}

// maxLinks is how many symbolic links the kernel follows.
const maxLinks = 40

var errLinks = errors.New("too many symbolic links")

// resolve follows all symbolic links of a path.
func resolve(files Files, name string) (resolved string, info FileInfo, err error) {
	todo := strings.Split(name, "/")
	if strings.HasPrefix(name, "/") {
		resolved = "/"
		if info, err = files.Lstat("/"); err != nil {
			return "", info, err
		}
	}
	for links := 0; len(todo) > 0; {
		part := todo[0]
		todo = todo[1:]
		if part == "" || part == "." {
			continue
		}
		next := path.Join(resolved, part)
		if info, err = files.Lstat(next); err != nil {
			return "", info, err
		}
		if info.Mode&fs.ModeSymlink == 0 {
			resolved = next
			continue
		}
		if links++; links > maxLinks {
			return "", info, errLinks
		}
		target, err := files.Readlink(next)
		if err != nil {
			return "", info, err
		}
		if strings.HasPrefix(target, "/") {
			resolved = "/"
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return resolved, info, nil
}

// executable tells whether an account may execute a file.
func executable(info FileInfo, uid, gid uint32) bool {
	mode := info.Mode.Perm()
	switch {
	case uid == 0:
		return mode&0o111 != 0
	case uid == info.UID:
		return mode&0o100 != 0
	case gid == info.GID:
		return mode&0o010 != 0
	}
	return mode&0o001 != 0
}

// privileged tells whether a file would run with rights of root.
func privileged(info FileInfo, uid, gid uint32) bool {
	return uid == 0 || gid == 0 ||
		info.Mode&fs.ModeSetuid != 0 && info.UID == 0 ||
		info.Mode&fs.ModeSetgid != 0 && info.GID == 0
}

// insecure looks at every component of a path. links tells to note a symbolic link before the
// last one.
func insecure(files Files, name string, s *Status, links bool) {
	parts := strings.Split(strings.Trim(name, "/"), "/")
	at := ""
	if strings.HasPrefix(name, "/") {
		at = "/"
		look(files, at, false, s)
	}
	for i, part := range parts {
		if s.Insecure {
			return
		}
		if part == "" || part == "." {
			continue
		}
		at = strings.TrimSuffix(at, "/")
		if at != "" || strings.HasPrefix(name, "/") {
			at += "/"
		}
		at += part // not path.Join: "a/../b" goes through a
		look(files, at, links && i < len(parts)-1, s)
	}
}

// look checks one component of a path.
func look(files Files, name string, link bool, s *Status) {
	info, err := files.Lstat(name)
	if err != nil {
		s.Insecure, s.Component, s.Detail = true, name, reason(err)
		return
	}
	symlink := info.Mode&fs.ModeSymlink != 0
	perm := info.Mode.Perm()
	switch {
	case info.UID != 0:
		s.Insecure, s.Component, s.Detail = true, name, fmt.Sprintf("owned by uid %d", info.UID)
	case symlink: // its mode means nothing
		if link && !s.Symlinked {
			s.Symlinked = true
			s.Component, s.Detail = name, "a symbolic link"
		}
	case info.Mode.IsDir() && info.Mode&fs.ModeSticky != 0:
	case perm&0o002 != 0:
		s.Insecure, s.Component, s.Detail = true, name, fmt.Sprintf("mode %04o: everybody may write", perm)
	case perm&0o020 != 0 && info.GID != 0:
		s.Insecure, s.Component, s.Detail = true, name, fmt.Sprintf("mode %04o: gid %d may write", perm, info.GID)
	}
}

// culprit is the component of a path that an error is about.
func culprit(err error, name string) string {
	var p *fs.PathError
	if errors.As(err, &p) && p.Path != "" {
		return p.Path
	}
	return name
}

// reason is the text of an error less the path that the message names anyway.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
