package config

func registerInstanceNotify(g *grammar) {
	once := func(keyword string, field func(*instanceDraft) **Script) {
		g.instanceLine(keyword, func(d *decoder, p *instanceDraft) { d.notifyScript(field(p)) })
	}
	once("notify_master", func(p *instanceDraft) **Script { return &p.NotifyMaster })
	once("notify_backup", func(p *instanceDraft) **Script { return &p.NotifyBackup })
	once("notify_fault", func(p *instanceDraft) **Script { return &p.NotifyFault })
	once("notify_stop", func(p *instanceDraft) **Script { return &p.NotifyStop })
	once("notify", func(p *instanceDraft) **Script { return &p.Notify })
	once("notify_master_rx_lower_pri", func(p *instanceDraft) **Script { return &p.NotifyMasterRxLowerPri })
	g.instanceLine("notify_deleted", func(d *decoder, p *instanceDraft) {
		p.NotifyDeletedSet = true
		if len(d.words) > 1 {
			d.notifyScript(&p.NotifyDeleted)
		}
	})
}

// notifyScript reads a script that may be given once; the second is refused.
func (d *decoder) notifyScript(field **Script) {
	if *field != nil {
		d.ignored("twice", d.words[0], "%s is given twice", d.words[0].Text).Instead = "the first one is used"
		return
	}
	if s, ok := d.script(1); ok {
		*field = s
	}
}

// namedScript is a script's place in the model with its keyword.
type namedScript struct {
	keyword string
	script  **Script
}

// notifyScripts lists the scripts of an instance.
func (p *Instance) notifyScripts() []namedScript {
	return []namedScript{
		{"notify_backup", &p.NotifyBackup},
		{"notify_master", &p.NotifyMaster},
		{"notify_fault", &p.NotifyFault},
		{"notify_stop", &p.NotifyStop},
		{"notify", &p.Notify},
		{"notify_master_rx_lower_pri", &p.NotifyMasterRxLowerPri},
		{"notify_deleted", &p.NotifyDeleted},
	}
}

// notifyScripts lists the scripts of a sync group.
func (g *SyncGroup) notifyScripts() []namedScript {
	return []namedScript{
		{"notify_backup", &g.NotifyBackup},
		{"notify_master", &g.NotifyMaster},
		{"notify_fault", &g.NotifyFault},
		{"notify_stop", &g.NotifyStop},
		{"notify", &g.Notify},
	}
}
