package fieldtest

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// Election reads from keepalived's dump what its election has come to: states, effective priorities,
// source addresses. The source of an instance is not taken where the file gives it.
func Election(dump string) *speaker.Status {
	s := &speaker.Status{}
	for _, f := range Fields(dump, nil) {
		name, value, _ := strings.Cut(f.Text, " = ")
		switch {
		case f.Path == "VRRP Topology" && name == "VRRP Instance":
			s.Instances = append(s.Instances, speaker.InstanceStatus{Name: value})
		case f.Path == "VRRP Sync groups" && name == "VRRP Sync Group":
			group, state, _ := strings.Cut(value, ", ")
			s.Groups = append(s.Groups, speaker.GroupStatus{Name: group, State: state})
		case !strings.HasPrefix(f.Path, "VRRP Topology / "):
		default:
			follow(&s.Instances[len(s.Instances)-1], name, value)
		}
	}
	return s
}

func follow(in *speaker.InstanceStatus, name, value string) {
	switch name {
	case "State":
		in.State, in.Held = value, value == "MASTER"
	case "Effective priority":
		in.Priority, _ = strconv.Atoi(value)
	case "Using src_ip":
		in.Source, _ = netip.ParseAddr(value) // with "(from configuration)" it is none
	}
}
