package config

// vrrpState is what the decoder of the VRRP blocks keeps between lines.
type vrrpState struct{}

func (d *decoder) startVRRP() {}

func registerVRRP(g *grammar) {}

func registerTracked(g *grammar) {}

func (d *decoder) completeVRRP() {}
