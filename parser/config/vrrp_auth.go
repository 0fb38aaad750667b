package config

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

const (
	maxAuthPass = 8
	minHMACKey  = 32
	maxHMACKey  = 64
)

// hmacDraft is an auth_hmac block while it is read.
type hmacDraft struct {
	HMAC
	at        parser.Word
	activeSet bool
	active    parser.Word
}

func registerInstanceAuth(g *grammar) {
	auth := "vrrp_instance/authentication"
	g.line(auth, "auth_type", func(d *decoder) {
		w, ok := d.word(1)
		if !ok {
			return
		}
		switch w.Text {
		case "PASS":
			d.vrrp.cur.Auth = Pass
		case "AH":
			d.vrrp.cur.Auth = AH
		default:
			d.ignored("auth-type", w, "auth_type %s: must be PASS or AH", w.Text)
		}
	})
	g.line(auth, "auth_pass", func(d *decoder) {
		w, ok := d.word(1)
		if !ok {
			return
		}
		s := w.Text
		if len(s) > maxAuthPass {
			s = s[:maxAuthPass]
			p := d.problem("auth-pass-length", w, "auth_pass is longer than %d characters", maxAuthPass)
			p.Instead = "the first 8 are used"
		}
		d.vrrp.cur.AuthPass = s
	})
	g.block("vrrp_instance", "auth_hmac", func(d *decoder) {
		d.vrrp.cur.hmac = &hmacDraft{HMAC: HMAC{Mode: "enforce"}, at: d.words[0]}
	}, nil)
	hmac := "vrrp_instance/auth_hmac"
	g.line(hmac, "key", (*decoder).hmacKey)
	g.line(hmac, "active_key", func(d *decoder) {
		if n, ok := d.uint(1, 1, 255); ok {
			h := d.vrrp.cur.hmac
			h.ActiveKey, h.activeSet, h.active = uint8(n), true, d.words[1]
		}
	})
	g.line(hmac, "time_window", func(d *decoder) {
		if n, ok := d.uint(1, 1, 300); ok {
			d.vrrp.cur.hmac.Window = time.Duration(n) * time.Second
		}
	})
	g.line(hmac, "anti_replay", func(d *decoder) {
		if s, ok := d.oneOf("time", "monotonic"); ok {
			d.vrrp.cur.hmac.Monotonic = s == "monotonic"
		}
	})
	g.line(hmac, "mode", func(d *decoder) {
		if s, ok := d.oneOf("enforce", "permissive", "receive-only"); ok {
			d.vrrp.cur.hmac.Mode = s
		}
	})
}

// oneOf reads a word out of a list.
func (d *decoder) oneOf(words ...string) (string, bool) {
	w, ok := d.word(1)
	if !ok {
		return "", false
	}
	for _, s := range words {
		if s == w.Text {
			return s, true
		}
	}
	d.ignored("option", w, "%s %s: must be %s", d.words[0].Text, w.Text, strings.Join(words, " or "))
	return "", false
}

// hmacKey reads <id> (<text> | hex:<digits> | file:<path>).
func (d *decoder) hmacKey() {
	if _, ok := d.word(2); !ok {
		return
	}
	n, ok := d.uint(1, 1, 255)
	if !ok {
		return
	}
	k, w := HMACKey{ID: uint8(n)}, d.words[2]
	text := w.Text
	if path, ok := strings.CutPrefix(w.Text, "file:"); ok {
		k.File = d.keep(path)
		h, knows := d.host.(interface {
			Secret(path string) (text string, exposed bool, err error)
		})
		if knows {
			var exposed bool
			var err error
			if text, exposed, err = h.Secret(path); err != nil {
				d.ignored("hmac-key", w, "key %d: %v", n, err)
				return
			}
			if exposed {
				p := d.problem("hmac-key-exposed", w, "%s, the file of key %d, can be read by others than its owner", path, n)
				p.Class, p.Instead = parser.Security, "the key is used all the same"
			}
		} else {
			text = "" // it is on another host
		}
	}
	if !d.hmacSecret(&k, w, text) {
		return
	}
	h := d.vrrp.cur.hmac
	for i := range h.Keys {
		if h.Keys[i].ID == k.ID {
			d.ignored("twice", d.words[1], "key %d is given twice", n)
			return
		}
	}
	h.Keys = append(h.Keys, k)
}

// hmacSecret takes the key itself out of text.
func (d *decoder) hmacSecret(k *HMACKey, w parser.Word, text string) bool {
	if digits, ok := strings.CutPrefix(text, "hex:"); ok {
		key, err := hex.DecodeString(digits)
		if err != nil {
			d.ignored("hmac-key", w, "key %d: hex: is not followed by pairs of hexadecimal digits", k.ID)
			return false
		}
		k.Key = key
	} else if text != "" {
		k.Key = []byte(text)
	} else if k.File != "" {
		return true
	}
	if len(k.Key) < minHMACKey || len(k.Key) > maxHMACKey {
		d.ignored("hmac-key", w, "key %d has %d octets: must have %d to %d", k.ID, len(k.Key), minHMACKey, maxHMACKey)
		return false
	}
	return true
}

// completeHMAC checks that the active key exists; otherwise the extension is off.
func (d *decoder) completeHMAC(p *instanceDraft) {
	h := p.hmac
	if h == nil {
		return
	}
	d.file = p.file
	for i := range h.Keys {
		if h.activeSet && h.Keys[i].ID == h.ActiveKey {
			p.HMAC = &h.HMAC
		}
	}
	if p.HMAC == nil {
		q := d.problem("hmac-active-key", h.at, "auth_hmac of %s has no usable active_key", p.Name)
		q.Instead, q.Cure = "auth_hmac is off", "write a key with 32 to 64 characters and its number as active_key"
		return
	}
	if h.Window == 0 {
		h.Window = min(max(3*p.AdvertInt, 5*time.Second), 300*time.Second)
	}
	if p.Strict && h.Mode != "enforce" {
		d.problem("hmac-strict", h.at, "auth_hmac mode %s does not go with strict mode", h.Mode).Instead = "enforce is used"
		h.Mode = "enforce"
	}
	if p.Auth != NoAuth {
		d.problem("hmac-auth", h.at, "auth_hmac overrides authentication").Instead = "authentication is ignored"
		p.Auth, p.AuthPass = NoAuth, ""
	}
}

// completeAuth drops authentication where VRRP has none. It also takes state MASTER back where AH needs
// a router to listen first: what it sends must be numbered above what the others have heard.
func (d *decoder) completeAuth(p *instanceDraft) {
	if p.Auth == NoAuth {
		p.AuthPass = ""
		return
	}
	why := ""
	switch {
	case p.AuthPass == "":
		why = "auth_type of %s has no auth_pass"
	case p.Strict:
		why = "strict mode of %s allows no authentication"
	case p.Version == 3:
		why = "VRRP version 3 of %s has no authentication"
	case p.Auth == AH && p.Family == 6:
		why = "%s: there is no AH authentication over IPv6 here"
	default:
		if p.Auth == AH && p.State == Master && p.Priority != 255 {
			q := d.problem("ah-master", p.name, "%s: state MASTER does not go with AH authentication", p.Name)
			q.Instead = "it starts as BACKUP"
			p.State = Backup
		}
		return
	}
	d.problem("auth-ignored", p.name, why, p.Name).Instead = "no authentication is used"
	p.Auth, p.AuthPass = NoAuth, ""
}
