package daemon

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/notify"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
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
	command := wiring.Command(s, p.config.Global.SupplementaryGroups, supplementaryGroups)
	if o := script.Run(context.Background(), *command, script.Options{Timeout: limit}); !o.OK() {
		p.log.Warn("the "+which+" script failed", zap.Stringer("script", command), zap.Stringer("outcome", o))
	}
}

// useScripts gives the notify runner the scripts of the configuration in force.
func (p *parent) useScripts() {
	supplementary := p.config.Global.SupplementaryGroups
	p.notifier.Use(notify.NewPlan(p.config, func(s *config.Script) *script.Command {
		return wiring.Command(s, supplementary, supplementaryGroups)
	}))
}

// notify runs the notify scripts of a transition.
func (p *parent) notify(c speaker.Change) { p.notifier.Changed(c) }

// execute runs a notify script of the LVS process.
func execute(ctx context.Context, c script.Command) error {
	if o := script.Run(ctx, c, script.Options{}); !o.OK() {
		return fmt.Errorf("run %s: %s", c, o)
	}
	return nil
}
