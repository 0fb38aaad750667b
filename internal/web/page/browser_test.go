//go:build !race

// The race detector has seen the server in the other tests, and makes a browser's wait long.

package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/web/browser"
)

//go:embed testdata/look.js
var look string

// screenshots is where the pictures of docs/status-page.md are.
var screenshots = filepath.Join("..", "..", "..", "docs", "screenshots")

const maxPicture = 200 << 10

// live says that the page shows what the daemon has.
const live = `document.getElementById("link").textContent === "live" && document.querySelector("#instances tr")`

// One browser for all of it: most of the time goes into starting one.
func TestPageInABrowser(t *testing.T) {
	s := open(t, play(time.Now()), true)
	go s.busy(t.Context())
	between := s.connect(t)
	begin := time.Now()
	p := browser.Open(t, "http://"+between.address+"/")
	t.Logf("browser started in %v", time.Since(begin))
	p.Wait("the state", live)

	for _, step := range []struct {
		name string
		run  func(*testing.T, *stage, *browser.Page)
	}{
		{"numbers as they are read", readsNumbers},
		{"it looks well", looksWell},
		{"changes are seen within two seconds", followsChanges},
		{"names are text", namesAreText},
		{"parts for assistive technology", hasLandmarks},
		{"the theme is kept", keepsTheme},
		{"every action by keyboard", actsByKeyboard},
		{"silence is noticed", func(t *testing.T, s *stage, p *browser.Page) { noticesSilence(t, p, between) }},
		{"lost and found", isLostAndFound},
	} {
		begin := time.Now()
		step.run(t, s, p)
		t.Logf("%s: %v", step.name, time.Since(begin).Round(time.Millisecond))
	}
	if n := p.Requests(); n < 10 {
		t.Errorf("only %d requests were noted: those elsewhere would not be either", n)
	}
	if elsewhere := p.Elsewhere(); elsewhere != nil {
		t.Errorf("requests to somewhere else: %q", elsewhere)
	}
	tellsForeignNamesNothing(t, s, p)
}

// tellsForeignNamesNothing visits the daemon by a name of somebody else's, whose scripts ask then for what is
// there: to the browser it is their own site.
func tellsForeignNamesNothing(t *testing.T, s *stage, p *browser.Page) {
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		t.Fatal(err)
	}
	p.Go("http://" + net.JoinHostPort(browser.Foreign, port) + "/metrics")
	if text := p.Text("body"); !strings.HasPrefix(text, "421") {
		t.Errorf("the page says %q", text)
	}
	for _, ask := range []string{
		`fetch("/")`, `fetch("/page/state")`, `fetch("/page/stream")`, `fetch("/metrics")`,
		`fetch("/metrics", {headers: {"Accept-Language": "", "User-Agent": "Prometheus/3.1.0"}, referrerPolicy: "no-referrer", credentials: "omit"})`,
	} {
		if got := browser.Await[int](p, ask+".then(r => r.status)"); got != http.StatusMisdirectedRequest {
			t.Errorf("%s: %d", ask, got)
		}
	}
	p.Go(s.url("/metrics"))
	if text := p.Text("body"); text != scraped {
		t.Errorf("by the address it says %q, want %q", text, scraped)
	}
}

// quiet says whether the console has nothing, or only what must be there.
func quiet(t *testing.T, p *browser.Page, unless ...string) {
	t.Helper()
	for _, line := range p.Said() {
		known := false
		for _, part := range unless {
			known = known || strings.Contains(line, part)
		}
		if !known {
			t.Errorf("console: %s", line)
		}
	}
}

func looksWell(t *testing.T, s *stage, p *browser.Page) {
	p.Wait("rates", `document.querySelector(".load").textContent.includes("bit/s")`)
	for _, width := range []int64{1280, 360} {
		for _, scheme := range []string{"light", "dark"} {
			p.Look(width, 900, scheme)
			judge(t, p, fmt.Sprintf("%d pixels, %s", width, scheme))
			name := map[int64]string{1280: "desktop", 360: "phone"}[width] + "-" + scheme + ".png"
			picture(t, p, name, true)
		}
	}
	p.Look(1280, 900, "light")
	quiet(t, p)
}

// judge reports what look.js finds.
func judge(t *testing.T, p *browser.Page, when string) {
	t.Helper()
	type finding struct {
		Bad    []string
		Looked int
		Least  float64
	}
	f := browser.Eval[finding](p, look)
	t.Logf("%s: %d texts, least contrast %.2f", when, f.Looked, f.Least)
	if f.Looked == 0 {
		t.Errorf("%s: nothing to read", when)
	}
	for _, b := range f.Bad {
		t.Errorf("%s: %s", when, b)
	}
}

// picture takes a picture, which is a file of the documentation with -update.
func picture(t *testing.T, p *browser.Page, name string, whole bool) {
	t.Helper()
	b := p.Screenshot(whole)
	if _, err := png.DecodeConfig(bytes.NewReader(b)); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if *update {
		if err := os.WriteFile(filepath.Join(screenshots, name), small(t, b), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(screenshots, name))
	if err != nil {
		t.Errorf("%v (-update takes the pictures)", err)
		return
	}
	if info.Size() > maxPicture {
		t.Errorf("%s has %d octets, at most %d", name, info.Size(), maxPicture)
	}
}

// small is a picture in its 256 most frequent colours.
func small(t *testing.T, b []byte) []byte {
	t.Helper()
	whole, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	often := map[color.Color]int{}
	bounds := whole.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			often[whole.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(often), func(a, b color.Color) int { return often[b] - often[a] })
	picture := image.NewPaletted(bounds, colours[:min(len(colours), 256)])
	draw.Draw(picture, bounds, whole, bounds.Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// soon is the figure that the page is to keep. A machine that is busy with other tests may take longer:
// it is told, and not a failure.
func soon(t *testing.T, what string, took time.Duration) {
	t.Helper()
	verdict := "within"
	if took > 2*time.Second {
		verdict = "NOT within"
	}
	t.Logf("%s seen after %v, %s two seconds", what, took.Round(time.Millisecond), verdict)
}

func followsChanges(t *testing.T, s *stage, p *browser.Page) {
	s.change(func(c *control.Status) {
		c.VRRP.Instances[2].State, c.VRRP.Instances[2].Since = "MASTER", time.Now()
	}, control.Event{Kind: control.EventInstance, Name: "VI_STORAGE", From: "BACKUP", To: "MASTER", Priority: 90, Reason: "the MASTER was not heard any more"})
	soon(t, "an instance that becomes MASTER is", p.Wait("MASTER", `document.querySelector("#instances tr:nth-child(3) .badge").textContent === "MASTER"`))
	p.Wait("its event", `document.querySelector("#timeline .event").textContent.includes("the MASTER was not heard any more")`)
	p.Wait("the announcement", `document.getElementById("said").textContent === "VI_STORAGE is MASTER"`)
	p.Wait("the title", `document.title.startsWith("MASTER 3/3")`)
	s.change(func(c *control.Status) {
		r := &c.LVS.VirtualServers[1].RealServers[0]
		r.Up, r.Weight, r.Current = false, 0, 0
		r.Checks = []director.CheckStatus{{Name: "SMTP_CHECK", Detail: "connection refused", Runs: 1, Recent: []time.Duration{-time.Millisecond}}}
	}, control.Event{})
	soon(t, "a real server that goes down without an event is", p.Wait("DOWN",
		`document.querySelector("#virtual-servers details:nth-child(2) tbody tr").textContent.includes("connection refused")`))
	quiet(t, p)
}

func namesAreText(t *testing.T, s *stage, p *browser.Page) {
	var before string
	s.change(func(c *control.Status) {
		before = c.VRRP.Instances[0].Name
		c.VRRP.Instances[0].Name, c.VRRP.Instances[0].Why = hostile, hostile
		c.LVS.VirtualServers[0].Why, c.LVS.VirtualServers[0].RealServers[0].Checks[0].Detail = hostile, hostile
		c.LVS.VirtualServers[0].RealServers[0].Checks[0].Up = false
	}, control.Event{Kind: control.EventInstance, Name: hostile, To: hostile, Reason: hostile})
	p.Wait("the name", fmt.Sprintf(`document.querySelector("#instances strong").textContent === %q`, hostile))
	p.Wait("the event", `document.querySelector("#timeline .reason").textContent.startsWith("<img")`)
	if browser.Eval[int](p, `document.images.length`) != 0 || strings.Contains(browser.Eval[string](p, "document.title"), "taken over") {
		t.Error("a name of the configuration has become markup")
	}
	s.change(func(c *control.Status) {
		c.VRRP.Instances[0].Name, c.VRRP.Instances[0].Why, c.LVS.VirtualServers[0].Why = before, "", "follows VG_WEB, which is MASTER"
		k := &c.LVS.VirtualServers[0].RealServers[0].Checks[0]
		k.Up, k.Detail = true, ""
	}, control.Event{})
	p.Wait("the old name", fmt.Sprintf(`document.querySelector("#instances strong").textContent === %q`, before))
	quiet(t, p)
}

func hasLandmarks(t *testing.T, s *stage, p *browser.Page) {
	for expression, want := range map[string]int{
		`document.querySelectorAll("main, header, footer, nav[aria-label]").length`:                                                             4,
		`document.querySelectorAll("h1").length`:                                                                                                1,
		`document.querySelectorAll("section:not([aria-labelledby])").length`:                                                                    0,
		`document.querySelectorAll("table:not([aria-label]):not([aria-labelledby])").length`:                                                    0,
		`[...document.querySelectorAll("thead th")].filter((h) => h.scope !== "col" || !h.textContent).length`:                                  0,
		`[...document.querySelectorAll("tbody tr")].filter((r) => r.cells[0].tagName !== "TH").length`:                                          0,
		`document.querySelectorAll("[aria-live], [role=status]").length`:                                                                        2,
		`document.querySelectorAll("svg.plot:not([role=img]), svg.plot:not([aria-label])").length`:                                              0,
		`document.querySelectorAll("[tabindex]:not([tabindex='-1'])").length`:                                                                   0,
		`document.querySelectorAll("html:not([lang])").length`:                                                                                  0,
		`[...document.querySelectorAll("[aria-labelledby]")].filter((e) => !document.getElementById(e.getAttribute("aria-labelledby"))).length`: 0,
	} {
		if got := browser.Eval[int](p, expression); got != want {
			t.Errorf("%s is %d, want %d", expression, got, want)
		}
	}
}

func keepsTheme(t *testing.T, s *stage, p *browser.Page) {
	background := func() string { return browser.Eval[string](p, "getComputedStyle(document.body).backgroundColor") }
	p.Look(1280, 900, "light")
	light := background()
	p.TabTo("#theme", 30)
	p.Press(browser.Enter, browser.Enter) // auto, light, dark
	p.Wait("the theme", `document.documentElement.dataset.theme === "dark"`)
	dark := background()
	if light == dark {
		t.Errorf("light and dark have the same ground, %s", dark)
	}
	p.Reload()
	p.Wait("the state", live)
	if got := background(); got != dark {
		t.Errorf("after loading it again the ground is %s, want %s", got, dark)
	}
	p.TabTo("#theme", 30)
	p.Press(browser.Enter)
	p.Wait("the system's theme", `!document.documentElement.dataset.theme`)
	if got := background(); got != light {
		t.Errorf("as the system has it the ground is %s, want %s", got, light)
	}
	p.Look(1280, 900, "dark")
	if got := background(); got != dark {
		t.Errorf("the system went dark and the ground is %s", got)
	}
	p.Look(1280, 900, "light")
}

func actsByKeyboard(t *testing.T, s *stage, p *browser.Page) {
	p.Look(360, 900, "light") // the layout with the most to go through
	const row = `#virtual-servers details:first-child tbody tr:first-child `
	press := func(selector string) {
		t.Helper()
		p.TabTo(selector, 120)
		p.Press(browser.Enter)
	}
	closed := func() { t.Helper(); p.Wait("the dialog is closed", `!document.querySelector("dialog[open]")`) }

	// The first one asks for the token; a wrong one is told, and nothing is done.
	press(row + `button[aria-label^="Drain:"]`)
	p.Wait("the question for the token", `document.activeElement.id === "token"`)
	judge(t, p, "token")
	p.Press("this is not the token", browser.Enter)
	p.Wait("the refusal", `document.getElementById("token-error").textContent.includes("wrong")`)
	p.Wait("the form again", `!document.getElementById("token-ok").disabled`)
	browser.Eval[string](p, `document.getElementById("token").value = ""`)
	p.Press(secret, browser.Enter)
	p.Wait("the question", `document.getElementById("confirm-dialog").open`)
	if say := p.Text("#confirm-dialog"); !strings.Contains(say, "10.0.0.21:443 of 203.0.113.10:443/tcp") || !strings.Contains(say, "no new connections") {
		t.Errorf("asks: %s", say)
	}
	judge(t, p, "confirmation")
	picture(t, p, "phone-confirm.png", false)
	p.Press(browser.Escape)
	closed()
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests before anything was confirmed", n)
	}
	p.Wait("the focus is where it was", `document.activeElement.matches(`+fmt.Sprintf("%q", row+`button[aria-label^="Drain:"]`)+`)`)

	// enter confirms, from what has the focus.
	enter := func(keys ...string) {
		t.Helper()
		before := len(s.requests())
		p.Press(append(keys, browser.Enter)...)
		closed()
		if n := len(s.requests()); n != before+1 {
			t.Errorf("it was confirmed, and there are %d requests after %d", n, before)
		}
	}
	confirm := func(selector string) {
		t.Helper()
		press(selector)
		p.Wait("the question", `document.getElementById("confirm-dialog").open`)
		p.TabTo("#confirm-ok", 6)
		enter()
	}
	confirm(row + `button[aria-label^="Drain:"]`)
	p.Wait("it is drained", fmt.Sprintf(`document.querySelector(%q).textContent.includes("drained")`, row))
	confirm(row + `button[aria-label^="Undrain:"]`)
	p.Wait("it is not", fmt.Sprintf(`!document.querySelector(%q).textContent.includes("drained")`, row))
	press(row + `button[aria-label^="Weight:"]`)
	p.Wait("the question for the weight", `document.getElementById("confirm-dialog").open`)
	p.TabTo("#weight", 6)
	browser.Eval[string](p, `document.getElementById("weight").select() ?? ""`)
	enter("7")
	p.Wait("the weight can be cleared", fmt.Sprintf(`!document.querySelector(%q).hidden`, row+`button[aria-label^="Clear weight:"]`))
	confirm(row + `button[aria-label^="Clear weight:"]`)
	confirm(`button[aria-label="Hand over: VI_WEB"]`)
	confirm(`button[aria-label="End standing aside: VI_WEB"]`)
	p.Wait("it does not stand aside", `!document.querySelector('button[aria-label="End standing aside: VI_WEB"]')`)

	// Left and opened again in one breath: the dialog hears of having been closed when it is open again.
	browser.Await[bool](p, `(async () => {
		const drain = document.querySelector('`+row+`button[aria-label^="Drain:"]');
		drain.click();
		await null;
		document.getElementById("confirm-cancel").click();
		drain.click();
		await new Promise((resolve) => setTimeout(resolve, 50));
		document.getElementById("confirm-ok").focus();
		return true;
	})()`)
	p.Wait("the question", `document.getElementById("confirm-dialog").open`)
	enter()

	order := func(kind director.OrderKind, weight uint32) control.Request {
		return control.Request{Command: control.CommandOrder, Order: &director.Order{Kind: kind,
			VirtualServer: "203.0.113.10:443/tcp", RealServer: "10.0.0.21:443", Weight: weight}}
	}
	want := []control.Request{
		order(director.Drain, 0), order(director.Undrain, 0), order(director.SetWeight, 7), order(director.ClearWeight, 0),
		{Command: control.CommandHandover, Name: "VI_WEB", For: time.Minute},
		{Command: control.CommandHandover, Name: "VI_WEB", Undo: true},
		order(director.Drain, 0),
	}
	if diff := cmp.Diff(want, s.requests()); diff != "" {
		t.Error(diff)
	}
	if kept := browser.Eval[string](p, `JSON.stringify([location.href, {...localStorage}, document.cookie, performance.getEntries().map((e) => e.name)])`); strings.Contains(kept, secret) {
		t.Errorf("the token is where it does not belong: %s", kept)
	}
	p.Look(1280, 900, "light")
	quiet(t, p, "401") // the browser notes the refusal of the wrong token by itself
}

// noticesSilence has a network that swallows everything, without a word to either end.
func noticesSilence(t *testing.T, p *browser.Page, between *line) {
	begin := time.Now()
	between.Lock()
	p.Wait("that it is stale", `document.body.classList.contains("stale") && document.getElementById("link").textContent !== "live"`)
	t.Logf("silence is noticed after %v: a beat is 0.3 s here", time.Since(begin).Round(time.Millisecond))
	between.Unlock()
	p.Wait("the state", live+` && !document.body.classList.contains("stale")`)
	quiet(t, p, "401")
}

func readsNumbers(t *testing.T, s *stage, p *browser.Page) {
	type texts map[string]string
	want := texts{
		"span(0)": "0s", "span(-5)": "0s", "span(59.4)": "59s", "span(60)": "1m", "span(3599)": "59m 59s", "span(3600)": "1h", "span(90061)": "1d 1h",
		"latency(0.000001)": "1 µs", "latency(0.000999)": "999 µs", "latency(0.0015)": "1.5 ms", "latency(0.012345)": "12 ms", "latency(2.5)": "2.5 s",
		"count(0)": "0", "count(99999)": "99,999", "count(123456)": "123 k", "count(1234567)": "1.2 M",
		"bits(0)": "0 bit/s", "bits(100)": "800 bit/s", "bits(124.9)": "999 bit/s", "bits(125)": "1.0 kbit/s", "bits(1250000)": "10 Mbit/s", "bits(125e9)": "1.0 Tbit/s", "bits(125e12)": "1000 Tbit/s",
	}
	var calls []string
	for call := range want {
		calls = append(calls, fmt.Sprintf("%q: m.%s", call, call))
	}
	got := browser.Await[texts](p, `import("/page/format.js").then((m) => ({`+strings.Join(calls, ", ")+`}))`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func isLostAndFound(t *testing.T, s *stage, p *browser.Page) {
	begin := time.Now()
	s.server.Close(patience)
	p.Wait("that it is stale", `!document.getElementById("stale").hidden && document.getElementById("stale").textContent.includes("What you see is from")`)
	t.Logf("a lost daemon is told after %v", time.Since(begin).Round(time.Millisecond))
	judge(t, p, "stale")
	picture(t, p, "desktop-stale.png", false)
	s.mu.Lock()
	s.state.VRRP.Instances[0].State = "FAULT"
	s.mu.Unlock()
	s.serve()
	took := p.Wait("the state of the new daemon", `document.getElementById("stale").hidden && document.querySelector("#instances .badge").textContent === "FAULT"`)
	t.Logf("it is back after %v", took.Round(time.Millisecond))
	p.Wait("each event once", `document.querySelectorAll("#timeline .event").length === `+fmt.Sprint(len(s.events.After(0))))
	if kept := browser.Eval[string](p, `document.getElementById("sign").textContent`); kept != "Forget token" {
		t.Errorf("after the loss the button says %q", kept)
	}
	quiet(t, p, "401", "ERR_") // what cannot be reached is noted by the browser itself
}
