package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Batch runs one script many times, each time in network, process, mount and IPC namespaces of its own,
// which end with it. It takes guests even where the host's kernel could do it: what the script starts may
// run foreign programs as root, and a guest cannot write to the machine.
type Batch struct {
	// Script is for bash. $1 is the job's name, and the job's arguments follow.
	Script string
	Jobs   []Job
	// Files are found in [BatchFiles], and so is this program, as "lab".
	Files map[string]string
	// AtOnce is how many jobs run at a time in a guest, which has one processor.
	AtOnce int
	// Limit is the longest that one job may take.
	Limit time.Duration
}

// Job is one run of the script.
type Job struct {
	Name string
	Args []string
	// Links are lines for ip -batch, done before the script.
	Links string
}

// JobResult is what a job has written, both streams together.
type JobResult struct {
	Name   string
	Output string
	Err    string // empty when the script ended with 0
}

// BatchFiles is where a job finds the files. Nothing that it does to them is seen outside of the guest.
const BatchFiles = "/tmp/conf"

// batchPlan names the file that tells a guest what to do.
const batchPlan = "batch.json"

// processors is how many guests share the jobs: each has one.
const processors = 2

// batchPrologue gives a job files of its own. The shared directory can be written to, and its files may be
// links to those of others: it goes out of sight.
const batchPrologue = `
mount --make-rprivate / && umount /mnt && mount -t proc proc /proc && mount -t tmpfs tmpfs /tmp || exit 1
mkdir -p /tmp/conf && mount --bind /run/conf /tmp/conf && mount -t tmpfs tmpfs /run || exit 1
ip link set lo up && ip -batch - || exit 1
`

// Run runs the jobs and returns their results by name. [BatchMain] has to be called in the guest.
func (b Batch) Run(ctx context.Context) (map[string]JobResult, error) {
	var group sync.WaitGroup
	var results [processors][]JobResult
	var errs [processors]error
	for i := range processors {
		part := b
		part.Jobs = nil
		for j := i; j < len(b.Jobs); j += processors {
			part.Jobs = append(part.Jobs, b.Jobs[j])
		}
		if len(part.Jobs) > 0 {
			group.Go(func() { results[i], errs[i] = part.boot(ctx) })
		}
	}
	group.Wait()
	all := map[string]JobResult{}
	for i := range processors {
		if errs[i] != nil {
			return nil, errs[i]
		}
		for _, r := range results[i] {
			all[r.Name] = r
		}
	}
	return all, nil
}

// boot runs all the jobs in one guest.
func (b Batch) boot(ctx context.Context) ([]JobResult, error) {
	dir, err := os.MkdirTemp("", "holdfast-batch-")
	if err != nil {
		return nil, fmt.Errorf("make the plan's directory: %w", err)
	}
	defer os.RemoveAll(dir)
	plan := filepath.Join(dir, batchPlan)
	g := Guest{Args: []string{"lab"}, Files: map[string]string{batchPlan: plan}}
	maps.Copy(g.Files, b.Files)
	b.Files = nil
	text, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	if err := os.WriteFile(plan, text, 0o644); err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	var out bytes.Buffer
	g.Output = &out
	if status, err := g.Boot(ctx); err != nil || status != 0 {
		return nil, fmt.Errorf("run a batch: status %d, %v\n%.2000s", status, err, out.String())
	}
	var list []JobResult
	for d := json.NewDecoder(&out); d.More(); {
		var r JobResult
		if err := d.Decode(&r); err != nil {
			return nil, fmt.Errorf("read the results of a batch: %w", err)
		}
		list = append(list, r)
	}
	return list, nil
}

// BatchMain is the guest's part: it runs the jobs and ends the process.
func BatchMain() {
	if err := runBatch(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runBatch(out io.Writer) error {
	text, err := os.ReadFile(filepath.Join(Shared, batchPlan))
	if err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	var b Batch
	if err := json.Unmarshal(text, &b); err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	if text, err := exec.Command("cp", "-rL", Shared, "/run/conf").CombinedOutput(); err != nil {
		return fmt.Errorf("copy the files: %w: %s", err, text)
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	slots := make(chan struct{}, max(1, b.AtOnce))
	encoder := json.NewEncoder(out)
	for _, j := range b.Jobs {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			r := b.one(j)
			mu.Lock()
			defer mu.Unlock()
			if e := encoder.Encode(r); e != nil {
				err = e
			}
		})
	}
	group.Wait()
	return err
}

// one runs one job. Its shell is the first process of its namespaces: what is left when it ends, the
// kernel ends.
func (b Batch) one(j Job) JobResult {
	ctx, cancel := context.WithTimeout(context.Background(), b.Limit)
	defer cancel()
	command := exec.CommandContext(ctx, "bash", append([]string{"-c", batchPrologue + b.Script, "bash", j.Name}, j.Args...)...)
	command.Stdin = strings.NewReader(j.Links)
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC}
	text, err := command.CombinedOutput()
	r := JobResult{Name: j.Name, Output: string(text)}
	if err != nil {
		r.Err = err.Error()
	}
	return r
}
