package config

// complete validates the configuration as a whole, in keepalived's order: the globals, VRRP, then
// the virtual servers.
func (d *decoder) complete() {
	d.completeGlobal()
	d.completeVRRP()
	d.completeLVS()
}
