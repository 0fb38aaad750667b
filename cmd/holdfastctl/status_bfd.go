package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
)

// printSessions lists the BFD sessions. What is agreed on with the neighbour is in the direction of the
// packets: ours go out every TX, its silence is borne for DETECT.
func printSessions(w io.Writer, s *bfdspeaker.Status, now time.Time) {
	if s == nil || len(s.Sessions) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nBFD SESSION\tNEIGHBOUR\tSTATE\tSINCE\tLOCAL\tREMOTE\tTX\tRX\tDETECT\tDOWN\tDIAGNOSTIC")
	for i := range s.Sessions {
		c := &s.Sessions[i]
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t0x%08x\t%s\t%s\t%s\t%s\t%d\t%s\n", c.Name, c.Neighbour, c.State, age(c.Since, now),
			c.Discriminator, discriminator(c.RemoteDiscriminator), known(c.TxInterval), known(c.RxInterval), known(c.Detection), c.Downs, diagnostic(c))
	}
	t.Flush()
	for i := range s.Sessions {
		if c := &s.Sessions[i]; c.SendError != "" {
			fmt.Fprintf(w, "BFD session %s cannot send: %s\n", c.Name, c.SendError)
		}
	}
	var parts []string
	for _, fault := range slices.Sorted(maps.Keys(s.Discarded)) {
		parts = append(parts, fmt.Sprintf("%d (%s)", s.Discarded[fault], fault))
	}
	if parts != nil {
		fmt.Fprintf(w, "BFD packets discarded: %s\n", strings.Join(parts, ", "))
	}
}

// diagnostic is why the session left Up last, and what the neighbour says of itself.
func diagnostic(c *bfdspeaker.SessionStatus) string {
	const none = "No Diagnostic"
	switch {
	case c.Diag == none && c.RemoteDiag == none:
		return "-"
	case c.RemoteDiag == none:
		return c.Diag
	}
	return c.Diag + ", neighbour: " + c.RemoteDiag
}

func discriminator(d uint32) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("0x%08x", d)
}

// known is an interval, where there is one.
func known(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return d.String()
}
