package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/realserver"
)

// stepTime is how long a command may take.
const stepTime = 30 * time.Second

// state is the file's content.
type state struct {
	Version int               `json:"version"`
	Steps   []realserver.Step `json:"steps"` // in the order in which they were done
}

// Do does the steps in order, and tells of each before it does it. It ends at the first that fails;
// those before it, and what that one may have done, are in the file.
func Do(steps []realserver.Step, file string, tell func(line string)) error {
	if len(steps) == 0 {
		return nil
	}
	s, err := load(file)
	if err != nil {
		return err
	}
	for _, step := range steps {
		s.Steps = append(s.Steps, step)
		if err := save(file, s); err != nil {
			return err
		}
		tell(step.String())
		if err := do(step); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	return nil
}

func do(step realserver.Step) error {
	if step.Sysctl != "" {
		return os.WriteFile("/proc/sys/"+step.Sysctl, []byte(step.Value), 0o644)
	}
	return run(step.Command)
}

// Undo undoes what the file says, the last first, and removes the file. What somebody else has changed
// since is left as it is and told of, as is what cannot be undone.
func Undo(file string, tell func(line string)) error {
	s, err := load(file)
	if err != nil {
		return err
	}
	for _, step := range slices.Backward(s.Steps) {
		if step.Sysctl != "" {
			b, err := os.ReadFile("/proc/sys/" + step.Sysctl)
			if have := strings.TrimSpace(string(b)); err != nil || have != step.Value {
				tell(fmt.Sprintf("# left: %s is not what it was set to (%s) any more", step.Sysctl, step.Value))
				continue
			}
			tell(step.UndoString())
			if err := os.WriteFile("/proc/sys/"+step.Sysctl, []byte(step.Before), 0o644); err != nil {
				tell("# " + err.Error())
			}
			continue
		}
		if len(step.Undo) == 0 {
			continue
		}
		tell(step.UndoString())
		if err := run(step.Undo); err != nil {
			tell("# not undone, or gone already: " + err.Error())
		}
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove state: %w", err)
	}
	return nil
}

// Applied tells whether there is something to undo.
func Applied(file string) (bool, error) {
	s, err := load(file)
	return len(s.Steps) > 0, err
}

func run(command []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), stepTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput()
	if text := strings.TrimSpace(string(out)); err != nil && text != "" {
		return fmt.Errorf("%w: %s", err, text)
	}
	return err
}

func load(file string) (s state, err error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return state{Version: 1}, nil
	}
	if err != nil {
		return s, fmt.Errorf("read state: %w", err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("read state %s: %w", file, err)
	}
	if s.Version != 1 {
		return s, fmt.Errorf("read state %s: version %d is not known", file, s.Version)
	}
	return s, nil
}

// save writes the file in one step.
func save(file string, s state) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	if err := os.WriteFile(file+".new", b, 0o600); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}
