package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// colour is a code of two digits. All have the same length, and a column has one in each cell or in none,
// so that columns stand below one another.
type colour string

const (
	plain  colour = "39"
	green  colour = "32"
	red    colour = "31"
	yellow colour = "33"
	blue   colour = "36"
)

// palette paints, or does not.
type palette bool

func (p palette) paint(c colour, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// stateColour is that of a state of VRRP, BFD, a server or a process.
func stateColour(state string) colour {
	word, _, _ := strings.Cut(strings.ToLower(state), ",")
	switch word {
	case "master", "up", "active", "started", "done":
		if strings.Contains(state, "no quorum") || strings.Contains(state, "drained") || strings.Contains(state, "sorry") {
			return yellow
		}
		return green
	case "backup", "inactive", "init":
		return blue
	case "fault", "down", "died", "refused":
		return red
	}
	return plain
}

// terminal is the file descriptor behind a writer, if it is one of a terminal.
func terminal(w io.Writer) (fd int, ok bool) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return int(f.Fd()), err == nil
}

// paletteFor has colours on a terminal, unless somebody does not want any (NO_COLOR, a dumb terminal).
func paletteFor(w io.Writer) palette {
	_, ok := terminal(w)
	return palette(ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb")
}

// repeat shows what draw writes again and again until it is interrupted. On a terminal it stays in
// place, on a screen of its own, and is cut to its size; elsewhere one follows the other.
func repeat(w io.Writer, every time.Duration, draw func(io.Writer) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	fd, inPlace := terminal(w)
	resized := make(chan os.Signal, 1)
	if inPlace {
		signal.Notify(resized, unix.SIGWINCH)
		defer signal.Stop(resized)
		fmt.Fprint(w, "\x1b[?1049h\x1b[?25l")
		defer fmt.Fprint(w, "\x1b[?25h\x1b[?1049l")
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		var screen bytes.Buffer
		if err := draw(&screen); err != nil {
			if !inPlace {
				return err
			}
			fmt.Fprintf(&screen, "%v\n", err) // the daemon may be just starting
		}
		if inPlace {
			_, err := w.Write(fitted(screen.String(), fd))
			if err != nil {
				return err
			}
		} else if _, err := w.Write(screen.Bytes()); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-resized:
		}
	}
}

// fitted is a screen from its upper left corner on, no larger than the terminal.
func fitted(text string, fd int) []byte {
	rows, columns := 24, 80
	if size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ); err == nil && size.Row > 0 && size.Col > 0 {
		rows, columns = int(size.Row), int(size.Col)
	}
	return fit(text, rows, columns)
}

func fit(text string, rows, columns int) []byte {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > rows {
		lines = append(lines[:rows-1], fmt.Sprintf("… %d lines more", len(lines)-rows+1))
	}
	var out bytes.Buffer
	out.WriteString("\x1b[H")
	for i, line := range lines {
		if i > 0 {
			out.WriteString("\r\n")
		}
		out.WriteString(cut(line, columns))
		out.WriteString("\x1b[0m\x1b[K")
	}
	out.WriteString("\x1b[J")
	return out.Bytes()
}

// cut shortens a line to a width; codes of colours have none.
func cut(line string, columns int) string {
	width, code := 0, false
	for i, r := range line {
		switch {
		case code:
			code = r != 'm'
		case r == '\x1b':
			code = true
		case width == columns:
			return line[:i]
		default:
			width++
		}
	}
	return line
}
