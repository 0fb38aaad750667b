package collect

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/doctor"
)

// toolTime is how long a program that lists rules may take.
const toolTime = 10 * time.Second

// rules reads the firewall with the programs that know it. Without any of them there are, most
// likely, no rules; one that is there and fails is told of.
func (r *reader) rules() {
	if b, ok := r.tool("nft", "-j", "list", "ruleset"); ok {
		chains, arp, err := doctor.ParseNFT(b)
		if err != nil {
			r.unknown("nft", err)
		}
		r.facts.Chains = append(r.facts.Chains, chains...)
		r.facts.ARP = append(r.facts.ARP, arp...)
	}
	for _, t := range []struct{ program, family string }{{"iptables-save", "ip"}, {"ip6tables-save", "ip6"}, {"arptables-save", "arp"}} {
		b, ok := r.tool(t.program)
		if !ok {
			continue
		}
		chains := doctor.ParseIPTables(string(b), t.family)
		if t.family == "arp" {
			r.facts.ARP = append(r.facts.ARP, chains...)
		} else {
			r.facts.Chains = append(r.facts.Chains, chains...)
		}
	}
}

// tool runs a program, if it is there.
func (r *reader) tool(name string, args ...string) ([]byte, bool) {
	path, err := exec.LookPath(name)
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/" + name); err != nil {
			return nil, false
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), toolTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, args...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			first, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
			err = fmt.Errorf("%w (%s)", err, first)
		}
		r.unknown(name, err)
		return nil, false
	}
	return out, true
}
