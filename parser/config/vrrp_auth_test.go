package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/parser"
)

// keyHost is a host with key files.
type keyHost struct {
	*fakeHost
	files map[string]string
}

func (h keyHost) Secret(path string) (string, bool, error) {
	text, ok := h.files[path]
	if !ok {
		return "", false, errors.New("read key: there is none")
	}
	return text, strings.HasPrefix(path, "/exposed/"), nil
}

func TestKeyOfHMACIsReadFromItsFile(t *testing.T) {
	const text = "0123456789abcdef0123456789abcdef"
	h := keyHost{labHost(), map[string]string{
		"/k/text": text, "/k/hex": "hex:" + strings.Repeat("0a", 32), "/k/short": "short", "/exposed/k": text, "/k/bad": "hex:xyz",
	}}
	for _, c := range []struct {
		path, key, id string
		class         parser.Class
	}{
		{"/k/text", text, "", 0},
		{"/k/hex", strings.Repeat("\n", 32), "", 0},
		{"/exposed/k", text, "hmac-key-exposed", parser.Security},
		{"/k/short", "", "hmac-key", parser.General},
		{"/k/bad", "", "hmac-key", parser.General},
		{"/k/none", "", "hmac-key", parser.General},
	} {
		t.Run(c.path, func(t *testing.T) {
			r := LoadText("t.conf", instance("auth_hmac {\n key 7 file:"+c.path+"\n active_key 7\n }"+vip), parser.Options{}, h)
			if err := sound(r); err != nil {
				t.Error(err)
			}
			in := r.Config.Instances[0]
			if (in.HMAC != nil) != (c.key != "") {
				t.Fatalf("auth_hmac: %+v", in.HMAC)
			}
			if in.HMAC != nil && (string(in.HMAC.Keys[0].Key) != c.key || in.HMAC.Keys[0].File != c.path) {
				t.Errorf("%+v", in.HMAC.Keys)
			}
			found := ""
			for _, p := range r.Problems {
				if strings.HasPrefix(p.ID, "hmac-key") {
					found = p.ID
					if p.Class != c.class {
						t.Errorf("%s counts as %v", p.ID, p.Class)
					}
				}
			}
			if found != c.id {
				t.Errorf("found %q, want %q: %v", found, c.id, r.Problems)
			}
		})
	}
	// A file that is on another host leaves the key unknown, and auth_hmac as it is.
	r := LoadText("t.conf", instance("auth_hmac {\n key 7 file:/k\n active_key 7\n }"+vip), parser.Options{}, AnyHost{})
	if h := r.Config.Instances[0].HMAC; h == nil || h.Keys[0].File != "/k" || h.Keys[0].Key != nil {
		t.Errorf("%+v", h)
	}
}
