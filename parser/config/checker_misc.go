package config

import "time"

// registerMisc registers MISC_CHECK: a command whose exit status is the health.
func registerMisc(g *grammar) {
	context := rsContext + "/MISC_CHECK"
	g.block(rsContext, "MISC_CHECK", func(d *decoder) { d.openCheck(false) }, (*decoder).closeMisc)
	line := func(keyword string, f func(d *decoder, c *checkDraft)) {
		g.line(context, keyword, func(d *decoder) { f(d, &d.lvs.check) })
	}
	line("misc_path", func(d *decoder, c *checkDraft) {
		if len(d.words) < 2 {
			d.dropLine("value-missing", d.words[0], `write misc_path "COMMAND ARGUMENTS"`, "misc_path needs a command")
			return
		}
		s, ok := d.command(1)
		if !ok || s == nil {
			return
		}
		if old := c.MiscScript; old != nil {
			s.User, s.Group, s.UID, s.GID, s.Supplementary = old.User, old.Group, old.UID, old.GID, old.Supplementary
		}
		c.MiscScript = s
	})
	line("misc_timeout", func(d *decoder, c *checkDraft) {
		if n, ok := d.uint(1, 0, 4294); ok {
			c.MiscTimeout, c.MiscTimeoutSet = time.Duration(n)*time.Second, n > 0
		}
	})
	line("misc_dynamic", func(_ *decoder, c *checkDraft) { c.MiscDynamic = true })
	line("user", (*decoder).miscUser)
}

// miscUser reads the account the command runs as; an unknown one costs the check.
func (d *decoder) miscUser(c *checkDraft) {
	if len(d.words) < 2 {
		d.dropLine("value-missing", d.words[0], "write user NAME [GROUP]", "user needs a name")
		return
	}
	s := c.MiscScript
	if s == nil {
		s = &Script{Pos: d.pos()}
	}
	if !d.account(s, d.words[1:]) {
		d.dropCheck("script-user", "correct the name", "MISC_CHECK: the account it is to run as does not exist")
		return
	}
	c.MiscScript = s
}

// closeMisc keeps a check that has a command.
func (d *decoder) closeMisc() {
	c := &d.lvs.check
	if !c.dropped && (c.MiscScript == nil || len(c.MiscScript.Args) == 0) {
		d.dropCheck("misc-path-missing", `write misc_path "COMMAND ARGUMENTS"`, "MISC_CHECK has no misc_path")
	}
	d.keepCheck()
}
