package hostile

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Case is one configuration.
type Case struct {
	Name string
	File string // to be read
	// Says is part of what a reader has to say: a place, where there is one, and the problem's id. Empty:
	// the file is fit to run.
	Says string
}

// vrrp is a valid beginning of a file.
const vrrp = "vrrp_instance V {\n"

// Write writes all cases into an empty directory.
func Write(dir string) ([]Case, error) {
	w := &writer{dir: dir}
	w.huge()
	w.deep()
	w.includes()
	w.notFiles()
	w.definitions()
	return w.cases, w.err
}

// writer collects cases up to the first failure.
type writer struct {
	dir   string
	cases []Case
	err   error
}

func (w *writer) path(name string) string { return filepath.Join(w.dir, name) }

// try keeps the first error.
func (w *writer) try(err error) {
	if w.err == nil && err != nil {
		w.err = fmt.Errorf("write a hostile configuration: %w", err)
	}
}

// put writes a file.
func (w *writer) put(name, text string) { w.try(os.WriteFile(w.path(name), []byte(text), 0o600)) }

// add writes a file that is a case.
func (w *writer) add(name, text, says string) {
	file := strings.ReplaceAll(name, " ", "-") + ".conf"
	w.put(file, text)
	w.cases = append(w.cases, Case{name, w.path(file), says})
}

// sparse writes a file that starts with a text and goes on with NULs up to a size.
func (w *writer) sparse(name, text string, size int64, says string) {
	w.add(name, text, says)
	w.try(os.Truncate(w.cases[len(w.cases)-1].File, size))
}

// huge writes files and lines of great length.
func (w *writer) huge() {
	const gigabyte = 1 << 30
	w.sparse("1 GB of NULs", "", gigabyte, "[size-limit]")
	w.sparse("1 GB of a line", strings.Repeat("x", 1<<20), gigabyte, "[size-limit]")
	w.sparse("1 GB of statements", strings.Repeat(vrrp+"}\n", 1<<14), gigabyte, "[size-limit]")
	w.sparse("1 GB of braces", strings.Repeat("{", 1<<20), gigabyte, "[size-limit]")
	w.sparse("100 MB of NULs", "", 100<<20, ":1:1024: error: line of 104857600 bytes")
	w.add("a line of 10 MB", vrrp+strings.Repeat("x", 10<<20)+"\n}\n", ":2:1024: error: line of 10485760 bytes")
	w.add("NUL bytes", strings.Repeat("router_id a\x00b\n", 100_000), ":1:12: warning: NUL byte in the line")
	w.add("includes of 1 GB", "include 1-GB-of-NULs.conf\n", ":1:9: warning: cannot read")
	w.add("many problems", strings.Repeat("x\n", 100_000), "[problem-limit]")
}

// deep writes blocks within blocks and blocks of many lines.
func (w *writer) deep() {
	w.add("a million braces in a line", strings.Repeat("{", 1_000_000), ":1:1024: error: line of 1000000 bytes")
	w.add("a million braces", strings.Repeat("{\n", 1_000_000), ":65:1: error: blocks lie more than 64 deep")
	w.add("a million blocks", strings.Repeat(vrrp, 1_000_000), "[depth-limit]")
	w.add("closing braces alone", strings.Repeat("}\n", 200_000), ":1:1: warning: unexpected }")
	w.add("a block without end", vrrp+strings.Repeat("b\n", 1_000_000), "[block-limit]")
}

// includes writes files that include others, many, or themselves.
func (w *writer) includes() {
	w.add("includes itself", "include includes-itself.conf\n", ":1:9: error: include of")
	w.put("one.conf", "include other.conf\n")
	w.put("other.conf", "include one.conf\n")
	w.cases = append(w.cases, Case{"includes itself by way of another", w.path("one.conf"), "other.conf:1:9: error: include of"})
	w.add("includes itself by pattern", "include *pattern.conf\n", "[include-loop]")
	w.add("includes itself by link", "include link*\n", "[include-loop]")
	for i := range 3 {
		w.try(os.Symlink("includes-itself-by-link.conf", w.path(fmt.Sprintf("link%d", i))))
	}
	w.try(os.Symlink(".", w.path("here")))
	w.add("includes itself by directory", "include here/includes-itself-by-directory.conf\n", "[include-loop]")
	w.add("names of many braces", strings.Repeat("include "+strings.Repeat("{a,b}", 40)+"\n", 500), "[include-limit]")
	w.add("braces that do not close", strings.Repeat("include "+strings.Repeat("{", 500)+strings.Repeat(",", 500)+"\n", 2000), "[include-missing]")

	w.try(os.Mkdir(w.path("chain"), 0o700))
	for i := range 400 {
		w.put(fmt.Sprintf("chain/%d", i), fmt.Sprintf("include %d\n", i+1))
	}
	w.put("chain/400", "global_defs {\n}\n")
	w.add("a chain of includes", "include chain/0\n", "")
	w.try(os.Mkdir(w.path("many"), 0o700))
	for i := range 10_000 {
		w.put(fmt.Sprintf("many/%d", i), "! nothing\n")
	}
	w.add("many files", "include many/*\n", "")
	w.add("many files ten times", strings.Repeat("include many/*\n", 10), "")
}

// notFiles writes includes of what is no regular file, and reads such things themselves.
func (w *writer) notFiles() {
	w.try(syscall.Mkfifo(w.path("fifo"), 0o600))
	l, err := net.Listen("unix", w.path("socket"))
	w.try(err)
	if err == nil {
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		l.Close()
	}
	w.try(os.Mkdir(w.path("directory"), 0o700))
	for name, why := range map[string]string{
		"/dev/zero": "is not a regular file", "/dev/random": "is not a regular file", "/dev/tty": "is not a regular file",
		w.path("fifo"): "is a FIFO", w.path("socket"): "is not a regular file", w.path("directory"): "is a directory",
	} {
		base := filepath.Base(name)
		w.add("include of "+base, "include "+name+"\n", ":1:9: warning: "+name+" "+why)
		w.cases = append(w.cases, Case{base + " itself", name, why})
	}
}

// definitions writes definitions and sequences that grow.
func (w *writer) definitions() {
	double, lines := "$A0=x\n", "$M0=x \\\n y\n"
	for i := range 60 {
		double += fmt.Sprintf("$A%d=${A%d}${A%d}\n", i+1, i, i)
		lines += fmt.Sprintf("$M%d= \\\n$M%d \\\n$M%d\n", i+1, i, i)
	}
	w.add("a definition that doubles", double+"$A60\n", ":62:1: error: definitions are put into this line")
	w.add("lines that double", lines+"$M60\n", "[expansion-limit]")
	w.add("lines that double in a block", lines+vrrp+"$M60\n", "[block-limit]")
	w.add("a definition of itself", "$A=x${A}\n$A\n", "error: definitions are put into this line")
	w.add("a sequence without end", "~SEQ(X,1,9000000000) x\n", "[expansion-limit]")
	w.add("a sequence without end in a block", vrrp+"~SEQ(X,1,9000000000) x$X\n}\n", "[block-limit]")
}
