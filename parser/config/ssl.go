package config

// registerSSL registers the global SSL block. Whether its files exist is seen when they are used.
func registerSSL(g *grammar) {
	g.block("top", "SSL", func(d *decoder) {
		if d.cfg.SSL != nil {
			d.problem("ssl-twice", d.words[0], "SSL is given twice").Instead = "the second block replaces the first"
		}
		d.cfg.SSL = &SSL{}
	}, nil)
	line := func(keyword string, field func(*SSL) *string) {
		g.line("SSL", keyword, func(d *decoder) { d.textLine(field(d.cfg.SSL)) })
	}
	line("password", func(s *SSL) *string { return &s.Password })
	line("ca", func(s *SSL) *string { return &s.CA })
	line("certificate", func(s *SSL) *string { return &s.Certificate })
	line("key", func(s *SSL) *string { return &s.Key })
}
