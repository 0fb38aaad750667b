package config

func registerInstanceUnicast(g *grammar) {
	g.list("vrrp_instance", "unicast_peer", func(d *decoder) {
		d.vrrp.cur.unicastBlock = true
	}, func(d *decoder) { d.unicastPeer(d.vrrp.cur) }, nil)
	g.instanceFlag("unicast_fault_no_peer", func(p *instanceDraft) *bool { return &p.FaultNoPeer })
	g.instanceLine("check_unicast_src", func(_ *decoder, p *instanceDraft) { p.checkSrc, p.unicastUsed = true, true })
	g.instanceLine("old_unicast_checksum", func(d *decoder, p *instanceDraft) {
		p.unicastUsed, p.OldChecksum = true, "compat"
		if len(d.words) < 2 {
			return
		}
		if d.words[1].Text != "never" {
			d.ignored("option", d.words[1], "old_unicast_checksum: unknown option %q", d.words[1].Text).Cure = "write never, or nothing"
			return
		}
		p.OldChecksum = "never"
	})
	g.instanceLine("unicast_ttl", func(d *decoder, p *instanceDraft) {
		p.unicastUsed = true
		if n, ok := d.uint(1, 0, 255); ok {
			p.UnicastTTL, p.ttl = int(n), d.words[0]
		}
	})
	g.instanceLine("unicast_src_ip", func(d *decoder, p *instanceDraft) {
		if a, ok := d.sourceAddr(p); ok {
			p.UnicastSrc, p.src, p.unicastUsed = a, d.words[1], true
		}
	})
	g.instanceLine("mcast_src_ip", func(d *decoder, p *instanceDraft) {
		if a, ok := d.sourceAddr(p); ok {
			p.MulticastSrc, p.src = a, d.words[1]
		}
	})
	g.instanceLine("mcast_dst_ip", (*decoder).multicastDst)
	g.instanceLine("vrf", func(d *decoder, p *instanceDraft) {
		w, ok := d.word(1)
		if !ok {
			return
		}
		if _, exists := d.host.Interface(w.Text); !exists && !d.cfg.Global.DynamicInterfaces {
			d.missingInterface(w)
			return
		}
		p.VRF = w.Text
	})
}

// unicastPeer reads a peer; the same address is taken once.
func (d *decoder) unicastPeer(p *instanceDraft) {
	peer, limited, ok := d.unicastPeerEntry()
	if !ok || !d.familyOf(p, family(peer.Addr), d.words[0]) {
		return
	}
	if p.seenPeers[peer.Addr] {
		d.ignored("duplicate-peer", d.words[0], "unicast peer %s is given twice", d.words[0].Text)
		return
	}
	p.seenPeers[peer.Addr] = true
	if limited {
		p.checkSrc = true
	}
	p.UnicastPeers = append(p.UnicastPeers, peer)
}

// multicastDst reads the group of one instance.
func (d *decoder) multicastDst(p *instanceDraft) {
	w, ok := d.word(1)
	if !ok {
		return
	}
	a, ok := sockAddr(w.Text)
	switch {
	case !ok || !a.IsMulticast():
		d.ignored("multicast", w, "mcast_dst_ip %s: not a multicast address", w.Text)
		return
	case a.Is6() && !a.IsLinkLocalMulticast():
		d.ignored("multicast-scope", w, "mcast_dst_ip %s: not of link-local scope", w.Text)
		return
	}
	if d.familyOf(p, family(a), w) {
		p.MulticastDst, p.group = a, w
	}
}
