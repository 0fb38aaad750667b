package director

import (
	"slices"
	"strconv"

	"github.com/holdfast-ha/holdfast/lvs"
)

// identities are those of the checks of one real server, in their order. Equal ones are numbered,
// and an unsupported check has none.
func identities(list []Check) []string {
	ids := make([]string, len(list))
	for i, c := range list {
		if c.Unsupported {
			continue
		}
		id := identity(c)
		for n := 2; slices.Contains(ids[:i], id); n++ {
			id = identity(c) + " #" + strconv.Itoa(n)
		}
		ids[i] = id
	}
	return ids
}

// coreServers is the core's part of the settings, with the checks filled in.
func coreServers(settings Settings) []lvs.VirtualServer {
	servers := make([]lvs.VirtualServer, len(settings.VirtualServers))
	for i, v := range settings.VirtualServers {
		s := v.VirtualServer
		s.RealServers = slices.Clone(s.RealServers)
		for j := range s.RealServers {
			s.RealServers[j].Checked, s.RealServers[j].Checks = false, nil
			if j < len(v.RealServers) {
				s.RealServers[j].Checks = coreChecks(v.RealServers[j].Checks)
				s.RealServers[j].Checked = len(s.RealServers[j].Checks) > 0
			}
		}
		servers[i] = s
	}
	return servers
}

func coreChecks(list []Check) []lvs.CheckConfig {
	var checks []lvs.CheckConfig
	for i, id := range identities(list) {
		if id != "" {
			checks = append(checks, lvs.CheckConfig{
				ID:      id,
				Alpha:   list[i].Alpha,
				Dynamic: list[i].Misc != nil && list[i].Misc.Dynamic,
			})
		}
	}
	return checks
}
