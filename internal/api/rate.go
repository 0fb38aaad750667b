package api

import "time"

// Between is what passed from one state to a later one. What the kernel has counted anew since, since the
// service was put back, is counted from nothing.
func Between(before, after *Status, from, to time.Time) Top {
	seconds := to.Sub(from).Seconds()
	t := Top{Schema: TopSchema, At: to, Seconds: seconds, VirtualServers: []Rate{}}
	if seconds <= 0 {
		return t
	}
	old := map[[2]string]*Traffic{}
	for i := range before.VirtualServers {
		v := &before.VirtualServers[i]
		old[[2]string{v.Name}] = v.Traffic
		for j := range v.RealServers {
			old[[2]string{v.Name, v.RealServers[j].Name}] = v.RealServers[j].Traffic
		}
	}
	for i := range after.VirtualServers {
		v := &after.VirtualServers[i]
		if v.Traffic == nil {
			continue
		}
		row := rate(old[[2]string{v.Name}], v.Traffic, seconds)
		row.Label, row.Up = v.Label, v.Quorum
		for j := range v.RealServers {
			r := &v.RealServers[j]
			if r.Traffic == nil {
				continue
			}
			one := rate(old[[2]string{v.Name, r.Name}], r.Traffic, seconds)
			one.Label, one.Up, one.Weight = r.Label, r.Up, r.Current
			row.RealServers = append(row.RealServers, one)
		}
		t.VirtualServers = append(t.VirtualServers, row)
	}
	return t
}

func rate(old, now *Traffic, seconds float64) Rate {
	if old == nil || now.Connections < old.Connections || now.PacketsIn < old.PacketsIn {
		old = &Traffic{}
	}
	per := func(before, after uint64) float64 { return float64(after-min(before, after)) / seconds }
	return Rate{
		Connections: per(old.Connections, now.Connections),
		PacketsIn:   per(old.PacketsIn, now.PacketsIn), PacketsOut: per(old.PacketsOut, now.PacketsOut),
		BytesIn: per(old.BytesIn, now.BytesIn), BytesOut: per(old.BytesOut, now.BytesOut),
		Active: now.Active, Inactive: now.Inactive,
	}
}
