package config

// ServerGroups finds the groups of virtual servers by their names. Of several of one name the first is it,
// as in keepalived.
func (c *Config) ServerGroups() map[string]*VirtualServerGroup {
	groups := make(map[string]*VirtualServerGroup, len(c.VirtualServerGroups))
	for i := range c.VirtualServerGroups {
		if g := &c.VirtualServerGroups[i]; groups[g.Name] == nil {
			groups[g.Name] = g
		}
	}
	return groups
}
