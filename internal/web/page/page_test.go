package page

import (
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
)

// ask sends a request and returns status, header and body of the answer.
func (s *stage) ask(t *testing.T, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, s.url(path), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	tr := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: tr, Timeout: patience}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

func TestEveryFileIsServedUnderThePolicy(t *testing.T) {
	s := open(t, play(time.Now()), false)
	for path, kind := range map[string]string{
		"/": "text/html; charset=utf-8", "/page/app.js": "text/javascript; charset=utf-8", "/page/style.css": "text/css; charset=utf-8",
		"/page/icon.svg": "image/svg+xml", "/page/theme.js": "text/javascript; charset=utf-8", "/page/state": "application/json",
	} {
		resp, body := s.ask(t, "GET", path, "")
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != kind || body == "" {
			t.Errorf("GET %s: %s, %s, %d octets", path, resp.Status, resp.Header.Get("Content-Type"), len(body))
		}
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'self';") || strings.Contains(policy, "unsafe") {
			t.Errorf("GET %s: policy %q", path, policy)
		}
		if resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("GET %s may be read by other sites", path)
		}
		if resp, body := s.ask(t, "HEAD", path, ""); resp.StatusCode != 200 || body != "" {
			t.Errorf("HEAD %s: %s, %d octets", path, resp.Status, len(body))
		}
	}
	for _, path := range []string{"/page/", "/page/index.html", "/page/../assets/app.js", "/x"} {
		if resp, _ := s.ask(t, "GET", path, ""); resp.StatusCode != 404 {
			t.Errorf("GET %s: %s", path, resp.Status)
		}
	}
}

func TestFilesKeepWhatThePolicyAsksFor(t *testing.T) {
	bad := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\("style"| style=|<style|\son[a-z]+="|https?://|@import`)
	names, err := fs.Glob(assets, "assets/*")
	if err != nil || len(names) < 10 {
		t.Fatalf("%v, %v", names, err)
	}
	for _, name := range names {
		content, err := assets.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(content), `"http://www.w3.org/2000/svg"`, "") // a name, never fetched
		if at := bad.FindString(text); at != "" {
			t.Errorf("%s has %q: text goes in as text, and nothing comes from elsewhere", name, at)
		}
		if kinds[name[strings.LastIndex(name, "."):]] == "" {
			t.Errorf("%s has no type", name)
		}
	}
}

func TestActionsNeedTheToken(t *testing.T) {
	const body = `{"do":"drain","virtual_server":"v","real_server":"r"}`
	kind := []string{"Content-Type", "application/json"}
	with := func(more ...string) []string { return append(more, kind...) }
	reading := open(t, play(time.Now()), false)
	if resp, _ := reading.ask(t, "POST", doPath, body, with("Authorization", "Bearer "+secret)...); resp.StatusCode != 403 {
		t.Errorf("without a token file: %s", resp.Status)
	}
	s := open(t, play(time.Now()), true)
	for name, tt := range map[string]struct {
		method string
		path   string
		header []string
		want   int
	}{
		"no token":            {"POST", doPath, kind, 401},
		"wrong token":         {"POST", doPath, with("Authorization", "Bearer 0123456789abcdeF"), 401},
		"another scheme":      {"POST", doPath, with("Authorization", "Basic "+secret), 401},
		"token in the URL":    {"POST", doPath + "?token=" + secret, kind, 401},
		"GET":                 {"GET", doPath, with("Authorization", "Bearer "+secret), 405},
		"another site's page": {"POST", doPath, with("Authorization", "Bearer "+secret, "Sec-Fetch-Site", "cross-site"), 403},
		"a form":              {"POST", doPath, []string{"Authorization", "Bearer " + secret, "Content-Type", "text/plain"}, 415},
	} {
		if resp, _ := s.ask(t, tt.method, tt.path, body, tt.header...); resp.StatusCode != tt.want {
			t.Errorf("%s: %s, want %d", name, resp.Status, tt.want)
		}
	}
	if len(s.asked)+len(reading.asked) != 0 {
		t.Errorf("something was done all the same: %v", s.asked)
	}
}

func TestActionsAskTheDaemon(t *testing.T) {
	s := open(t, play(time.Now()), true)
	do := func(body string) (int, string) {
		resp, text := s.ask(t, "POST", doPath, body, "Authorization", "Bearer "+secret, "Content-Type", "application/json")
		return resp.StatusCode, text
	}
	for _, bad := range []string{
		``, `{`, `{}`, `{"do":"reload"}`, `{"do":"drain"}`, `{"do":"drain","virtual_server":"v"}`, `{"do":"drain","virtual_server":"v","real_server":"r","x":1}`,
		`{"do":"weight","virtual_server":"v","real_server":"r"}`, `{"do":"weight","virtual_server":"v","real_server":"r","weight":-1}`,
		`{"do":"weight","virtual_server":"v","real_server":"r","weight":4294967296}`,
		`{"do":"handover"}`, `{"do":"handover","name":"VI_1","seconds":-1}`, `{"do":"handover","name":"VI_1","seconds":9223372036854775807}`,
	} {
		if status, text := do(bad); status != 400 {
			t.Errorf("%s: %d %s", bad, status, text)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Fatalf("%d requests although nothing was understood", n)
	}
	order := func(kind director.OrderKind, weight uint32) control.Request {
		return control.Request{Command: control.CommandOrder, Order: &director.Order{Kind: kind, VirtualServer: "v", RealServer: "r", Weight: weight}}
	}
	var want []control.Request
	for _, tt := range []struct {
		body string
		want control.Request
	}{
		{`{"do":"drain","virtual_server":"v","real_server":"r"}`, order(director.Drain, 0)},
		{`{"do":"undrain","virtual_server":"v","real_server":"r"}`, order(director.Undrain, 0)},
		{`{"do":"weight","virtual_server":"v","real_server":"r","weight":0}`, order(director.SetWeight, 0)},
		{`{"do":"weight","virtual_server":"v","real_server":"r","weight":12}`, order(director.SetWeight, 12)},
		{`{"do":"clear_weight","virtual_server":"v","real_server":"r"}`, order(director.ClearWeight, 0)},
		{`{"do":"handover","name":"VI_1","seconds":60}`, control.Request{Command: control.CommandHandover, Name: "VI_1", For: time.Minute}},
		{`{"do":"undo_handover","name":"VI_1"}`, control.Request{Command: control.CommandHandover, Name: "VI_1", Undo: true}},
	} {
		if status, text := do(tt.body); status != 204 {
			t.Errorf("%s: %d %s", tt.body, status, text)
		}
		want = append(want, tt.want)
	}
	if status, _ := do(`{"do":"nothing"}`); status != 204 {
		t.Errorf("the token alone: %d", status)
	}
	if diff := cmp.Diff(want, s.requests()); diff != "" {
		t.Error(diff)
	}
	s.mu.Lock()
	s.answer = control.Reply{Error: "there is no instance VI_2"}
	s.mu.Unlock()
	if status, text := do(`{"do":"handover","name":"VI_2"}`); status != 409 || !strings.Contains(text, "there is no instance") {
		t.Errorf("what the daemon refuses: %d %s", status, text)
	}
}
