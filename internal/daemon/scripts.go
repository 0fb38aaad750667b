package daemon

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Limits on scripts, keepalived's.
const (
	edgeScriptLimit = 10 * time.Second // startup_script and shutdown_script by default
	stopNotifyLimit = time.Second      // notify scripts at the end
)

// runScript runs startup_script or shutdown_script to its end, within its timeout.
func (p *parent) runScript(which string, s *config.Script, limit time.Duration) {
	if s == nil || len(s.Args) == 0 {
		return
	}
	if limit <= 0 {
		limit = edgeScriptLimit
	}
	command := wiring.Command(s, &p.config.Global, supplementaryGroups)
	if o := script.Run(context.Background(), *command, script.Options{Timeout: limit}); !o.OK() {
		p.log.Warn("the "+which+" script failed", zap.Stringer("script", command), zap.Stringer("outcome", o), zap.Duration("limit", limit))
	}
}

// useNotify gives the notifier what the configuration in force wants told.
func (p *parent) useNotify() {
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "localhost"
	}
	p.notifier.Use(wiring.Notify(p.config, hostname, p.wiringOptions()))
}

// execute runs a notify script of the LVS process.
func execute(ctx context.Context, c script.Command) error {
	if o := script.Run(ctx, c, script.Options{}); !o.OK() {
		return fmt.Errorf("run %s: %s", c, o)
	}
	return nil
}
