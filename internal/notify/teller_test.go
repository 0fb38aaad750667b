package notify

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func named(name string) *config.Script { return &config.Script{Args: []string{name, "own"}} }

func asWritten(s *config.Script) *script.Command { return &script.Command{Args: s.Args} }

// everything is a configuration in which somebody wants to be told of each thing.
func everything() *config.Config {
	return &config.Config{
		Instances: []config.Instance{
			{Name: "VI_1", NotifyMaster: named("master"), NotifyBackup: named("backup"), NotifyFault: named("fault"),
				NotifyStop: named("stop"), Notify: named("any"), NotifyMasterRxLowerPri: named("lower"),
				NotifyPriorityChanges: true, SMTPAlert: true},
			{Name: "VI_2", Notify: named("any2")},
			{Name: "VI_3", NotifyMaster: &config.Script{}},
			{Name: "VI_4", NotifyFault: named("fault"), NotifyDeleted: named("deleted"), NotifyDeletedSet: true, Notify: named("any"), SMTPAlert: true},
			{Name: "VI_5"},
		},
		SyncGroups: []config.SyncGroup{
			{Name: "G", NotifyMaster: named("gmaster"), Notify: named("gany"), SMTPAlert: true},
			{Name: "H", Members: []string{"VI_5"}, NotifyPriorityChange: true},
		},
	}
}

func plan(c *config.Config) Plan { return NewPlan(c, "LAB", asWritten) }

// told is a notice as text, in the order in which it is told.
func told(n Notice) []string {
	var lines []string
	for _, c := range n.Scripts {
		lines = append(lines, "run  "+strings.Join(c.Args, " "))
	}
	if n.Line != "" {
		lines = append(lines, "fifo "+strings.ReplaceAll(strings.ReplaceAll(n.Line, "\n", `\n`), "\x00", `\0`))
	}
	if n.Mail != nil {
		lines = append(lines, "mail "+n.Mail.Subject, "     "+n.Mail.Body)
	}
	return lines
}

func TestChangesAreToldInKeepalivedsWords(t *testing.T) {
	tests := []struct {
		name   string
		change speaker.Change
		want   []string
	}{
		{"master", speaker.Change{Instance: "VI_1", To: "MASTER", Priority: 100}, []string{
			"run  master own", "run  any own INSTANCE VI_1 MASTER 100", `fifo INSTANCE "VI_1" MASTER 100\n`,
			"mail [LAB] VRRP Instance VI_1 - Entering MASTER state", "     => VRRP Instance is now owning VRRP VIPs <="}},
		{"backup", speaker.Change{Instance: "VI_1", To: "BACKUP", Priority: 90}, []string{
			"run  backup own", "run  any own INSTANCE VI_1 BACKUP 90", `fifo INSTANCE "VI_1" BACKUP 90\n`,
			"mail [LAB] VRRP Instance VI_1 - Entering BACKUP state", "     => VRRP Instance is no longer owning VRRP VIPs <="}},
		{"fault", speaker.Change{Instance: "VI_1", To: "FAULT", Priority: 90}, []string{
			"run  fault own", "run  any own INSTANCE VI_1 FAULT 90", `fifo INSTANCE "VI_1" FAULT 90\n`,
			"mail [LAB] VRRP Instance VI_1 - Entering FAULT state", "     => VRRP Instance is no longer owning VRRP VIPs <="}},
		{"stop is not mailed", speaker.Change{Instance: "VI_1", To: "INIT", Priority: 90}, []string{
			"run  stop own", "run  any own INSTANCE VI_1 STOP 90", `fifo INSTANCE "VI_1" STOP 90\n`}},
		{"removed by a reload", speaker.Change{Instance: "VI_1", From: "MASTER", To: "INIT", Reason: "removed by reload", Priority: 9}, []string{
			"run  fault own", "run  any own INSTANCE VI_1 FAULT 9", `fifo INSTANCE "VI_1" FAULT 9\n`,
			"mail [LAB] VRRP Instance VI_1 - Entering FAULT state", "     => VRRP Instance is no longer owning VRRP VIPs <="}},
		{"removed while in FAULT", speaker.Change{Instance: "VI_1", From: "FAULT", To: "INIT", Reason: "removed by reload"}, nil},
		{"removed with notify_deleted", speaker.Change{Instance: "VI_4", From: "FAULT", To: "INIT", Reason: "removed by reload", Priority: 9}, []string{
			"run  deleted own", "run  any own INSTANCE VI_4 DELETED 9", `fifo INSTANCE "VI_4" DELETED 9\n`,
			"mail [LAB] VRRP Instance VI_4 - Deleted", "     => VRRP Deleted at reload <="}},
		{"only the general script", speaker.Change{Instance: "VI_2", To: "MASTER", Priority: 1}, []string{
			"run  any2 own INSTANCE VI_2 MASTER 1", `fifo INSTANCE "VI_2" MASTER 1\n`}},
		{"group, priority 0", speaker.Change{Group: "G", To: "MASTER", Priority: 100}, []string{
			"run  gmaster own", "run  gany own GROUP G MASTER 0", `fifo GROUP "G" MASTER 0\n`,
			"mail [LAB] VRRP Group G - Entering MASTER state", "     => All VRRP group instances are now in MASTER state <="}},
		{"group without a script for the state", speaker.Change{Group: "G", To: "FAULT"}, []string{
			"run  gany own GROUP G FAULT 0", `fifo GROUP "G" FAULT 0\n`,
			"mail [LAB] VRRP Group G - Entering FAULT state", "     => All VRRP group instances are now in FAULT state <="}},
		{"group stops", speaker.Change{Group: "G", To: "INIT"}, []string{"run  gany own GROUP G STOP 0", `fifo GROUP "G" STOP 0\n`}},
		{"lower priority seen", speaker.Change{Instance: "VI_1", Event: "MASTER_RX_LOWER_PRI", Priority: 100}, []string{
			"run  lower own", `fifo INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100\n`}},
		{"lower priority seen, no script", speaker.Change{Instance: "VI_2", Event: "MASTER_RX_LOWER_PRI", Priority: 1}, []string{
			`fifo INSTANCE "VI_2" MASTER_RX_LOWER_PRI 1\n`}},
		{"priority of a master", speaker.Change{Instance: "VI_1", Event: "MASTER_PRIORITY", To: "MASTER", Priority: 107}, []string{
			`fifo INSTANCE "VI_1" MASTER_PRIORITY 107\n`}},
		{"priority of another", speaker.Change{Instance: "VI_1", Event: "BACKUP_PRIORITY", To: "FAULT", Priority: 3}, []string{
			`fifo INSTANCE "VI_1" BACKUP_PRIORITY 3\n`}},
		{"priority that nobody asked for", speaker.Change{Instance: "VI_2", Event: "MASTER_PRIORITY", To: "MASTER"}, nil},
		{"priority that the group asked for", speaker.Change{Instance: "VI_5", Event: "MASTER_PRIORITY", To: "MASTER", Priority: 7}, []string{
			`fifo INSTANCE "VI_5" MASTER_PRIORITY 7\n`}},
		{"a note", speaker.Change{Instance: "VI_1", Event: "NOTE", To: "MASTER"}, nil},
		{"quiet", speaker.Change{Instance: "VI_1", To: "BACKUP", Quiet: true}, nil},
		{"empty script", speaker.Change{Instance: "VI_3", To: "MASTER"}, []string{`fifo INSTANCE "VI_3" MASTER 0\n`}},
		{"unknown instance", speaker.Change{Instance: "X", To: "MASTER"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			teller := NewTeller()
			teller.Use(plan(everything()))
			if diff := cmp.Diff(tt.want, told(teller.Tell(tt.change))); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

// TestALifeIsTold tells the life of a pair of instances from start to stop, with two reloads.
func TestALifeIsTold(t *testing.T) {
	teller := NewTeller()
	var b strings.Builder
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	do := func(what string, changes ...speaker.Change) {
		b.WriteString("# " + what + "\n")
		for _, c := range changes {
			at = at.Add(time.Second)
			c.At = at
			for _, l := range told(teller.Tell(c)) {
				b.WriteString(l + "\n")
			}
		}
	}
	file := everything()
	file.Global.NoEmailFaults = true
	teller.Use(plan(file))
	one := func(to string, priority int) speaker.Change {
		return speaker.Change{Instance: "VI_1", To: to, Priority: priority}
	}
	group := func(to string) speaker.Change { return speaker.Change{Group: "G", To: to} }
	do("start", one("BACKUP", 100), group("BACKUP"))
	do("nobody else there", one("MASTER", 100), group("MASTER"))
	do("priority", speaker.Change{Instance: "VI_1", Event: "MASTER_PRIORITY", To: "MASTER", Priority: 107})
	do("cut: no_email_faults", one("FAULT", 107), group("FAULT"))
	do("return", one("BACKUP", 107), group("BACKUP"))
	do("cut once more", one("FAULT", 107), group("FAULT"))
	do("return: BACKUP was mailed last", one("BACKUP", 107), group("BACKUP"), one("MASTER", 107), group("MASTER"))
	do("the other", speaker.Change{Instance: "VI_4", To: "BACKUP", Priority: 50})
	teller.Use(plan(file))
	b.WriteString("# states after a reload of the same file\n")
	for _, l := range teller.Standings() {
		b.WriteString("fifo " + l)
	}
	less := everything()
	less.Instances = append(less.Instances[:3:3], less.Instances[4:]...)
	teller.Use(plan(less))
	do("a reload without VI_4", speaker.Change{Instance: "VI_4", From: "BACKUP", To: "INIT", Reason: "removed by reload", Priority: 50})
	b.WriteString("# states after it\n")
	for _, l := range teller.Standings() {
		b.WriteString("fifo " + l)
	}
	do("adopted after a crash: nothing new for mails", one("MASTER", 107))
	do("stop", one("INIT", 107), group("INIT"))
	golden(t, "life", b.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
