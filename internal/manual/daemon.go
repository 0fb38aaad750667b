package manual

// Option is an option of a program as a page shows it.
type Option struct {
	Head string // -f, --use-file=FILE
	Text string
}

// Daemon is the page holdfast(8).
func Daemon(options []Option) string {
	p := New("holdfast", 8, "VRRP and IPVS director")
	p.Section("SYNOPSIS")
	p.Synopsis("holdfast", "[OPTION...]")
	p.Section("DESCRIPTION")
	p.Text(daemonText)
	p.Section("OPTIONS")
	p.Text("Options are keepalived's, and are read as getopt_long(3) reads them: long ones may be cut short, a value may follow with = or as the next word.")
	for _, o := range options {
		p.Item(o.Head, "", o.Text+".")
	}
	p.Section("SIGNALS")
	for _, s := range [][2]string{
		{"TERM, INT", "Stop: hand over to the other router, then take addresses and services off."},
		{"HUP", "Read the configuration again and write what changed. A file that cannot be used changes nothing."},
		{"USR1", "Write what the processes know to /tmp/keepalived.data and keepalived_check.data."},
		{"USR2", "Write statistics to /tmp/keepalived.stats."},
		{"RTMAX-1", "The same, and begin to count anew."},
	} {
		p.Item(s[0], "", s[1])
	}
	p.Text("*holdfast --signum=WORD* prints the number of a signal.")
	p.Section("FILES")
	for _, f := range [][2]string{
		{"/etc/keepalived/keepalived.conf", "The configuration; see keepalived.conf(5)."},
		{"/run/keepalived.pid, /run/vrrp.pid, /run/checkers.pid, /run/bfd.pid", "Process ids, where keepalived has them."},
		{"/run/holdfast/", "The control socket, and what a restarted daemon goes by."},
	} {
		p.Item(f[0], "", f[1])
	}
	p.Section("EXIT STATUS")
	for _, e := range [][2]string{
		{"0", "Ended as asked; with -t, nothing to report."},
		{"1", "The command line is wrong, or something it needs is not there."},
		{"2", "The configuration cannot be used."},
		{"4", "With -t: an interface does not exist, and nothing else is to be said."},
		{"5", "With -t: something is wrong, which the daemon would live with."},
		{"6", "A file is missing; with -t, a script is not secure."},
	} {
		p.Item(e[0], "", e[1])
	}
	p.Section("SEE ALSO")
	p.Text("*keepalived.conf*(5), *holdfastctl*(1)")
	return p.String()
}

const daemonText = `*holdfast* takes part in VRRP elections, holds the virtual addresses while it is MASTER, checks real
servers and programs the kernel's IPVS table. It reads the configuration of keepalived, and takes its
options, signals and pid files, so that it can take its place, under a link named keepalived as well.

On a BACKUP the IPVS table is empty; a planned stop goes on forwarding until the other router is heard; a
daemon that crashed and comes back in time goes on as MASTER.

Three processes share the work: the parent, one for VRRP, and one for virtual servers and checks.`
