package browser

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is for a slow machine: nothing is measured by it.
const patience = 2 * time.Minute

// Keys that have no character.
const (
	Tab    = "\t"
	Enter  = "\r"
	Escape = "\u001b"
)

// Page is a tab that shows pages of one origin.
type Page struct {
	t      testing.TB
	ctx    context.Context
	origin string

	mu       sync.Mutex
	said     []string
	requests []string
}

// Foreign is a name that leads to the host of the address too, as whoever owns it can make it do.
const Foreign = "foreign.example"

// Open starts Chromium, which ends with the test. It has no other host than that of the address.
func Open(t testing.TB, address string) *Page {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("find browser: %v: apt-get install chromium, or make deps", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.DisableGPU,
		chromedp.Flag("host-resolver-rules", "MAP "+Foreign+" "+u.Hostname()+", MAP * ~NOTFOUND, EXCLUDE "+u.Hostname()),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("no-proxy-server", true),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to run as root otherwise
	}
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for its end
		cancel()
		cancelAllocator()
	})
	p := &Page{t: t, ctx: ctx, origin: u.Scheme + "://" + u.Host}
	p.do(chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
		_, err := cdp.Call(ctx, to, network.Enable, network.EnableParams{})
		return err
	}))
	go func() {
		for m, err := range chromedp.Console(ctx) {
			if err != nil {
				return
			}
			p.mu.Lock()
			p.said = append(p.said, m.String()+" "+m.URL)
			p.mu.Unlock()
		}
	}()
	go func() {
		for e, err := range chromedp.Events(ctx, network.RequestWillBeSent) {
			if err != nil {
				return
			}
			p.mu.Lock()
			p.requests = append(p.requests, e.Request.URL)
			p.mu.Unlock()
		}
	}()
	p.Go(address)
	return p
}

func (p *Page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if chromedp.FromContext(p.ctx).Target == nil {
		ctx = p.ctx // the first one starts the browser, which lives as long as its context
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("browser: %v", err)
	}
}

// Go shows another page.
func (p *Page) Go(address string) {
	p.t.Helper()
	p.do(chromedp.Navigate(address))
}

// Reload shows the page anew.
func (p *Page) Reload() {
	p.t.Helper()
	p.do(chromedp.Reload())
}

// Eval returns the value of an expression in the page.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	return eval[T](p, expression)
}

// Await returns what a promise in the page comes to.
func Await[T any](p *Page, expression string) T {
	p.t.Helper()
	return eval[T](p, expression, chromedp.EvalAwaitPromise)
}

func eval[T any](p *Page, expression string, options ...chromedp.EvaluateOption) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		p.t.Fatalf("browser: %s: %v", expression, err)
	}
	return v
}

// Wait waits until an expression is true, and returns how long that took.
func (p *Page) Wait(what, expression string) time.Duration {
	p.t.Helper()
	begin := time.Now()
	for !Eval[bool](p, "Boolean("+expression+")") {
		if time.Since(begin) > patience {
			p.t.Fatalf("browser: not within %v: %s; the console: %q; the page shows:\n%s", patience, what, p.Said(), p.Text("body"))
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(begin)
}

// Text is what can be read in the first element of a selector.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return Eval[string](p, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector))
}

// Press presses keys one after the other.
func (p *Page) Press(keys ...string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(strings.Join(keys, "")))
}

// TabTo presses Tab until the element in focus matches a selector, at most so many times. All on the way
// must be seen to have the focus.
func (p *Page) TabTo(selector string, most int) {
	p.t.Helper()
	for range most {
		p.Press(Tab)
		if !Eval[bool](p, "document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== 'none'") {
			p.t.Errorf("browser: the focus cannot be seen on %s", Eval[string](p, "document.activeElement.outerHTML.slice(0, 200)"))
		}
		if Eval[bool](p, fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
			return
		}
	}
	p.t.Fatalf("browser: %d times Tab do not lead to %s", most, selector)
}

// Look sets the size of the window and the colour scheme that the system has: "light" or "dark".
func (p *Page) Look(width, height int64, scheme string) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
		_, err := cdp.Call(ctx, to, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

// Screenshot is a picture as PNG, of the whole page or of what the window shows of it.
func (p *Page) Screenshot(whole bool) []byte {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	surface := true
	r, err := chromedp.Run(ctx, func(ctx context.Context, to *chromedp.Target) (page.CaptureScreenshotResult, error) {
		return cdp.Call(ctx, to, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: &whole, FromSurface: &surface,
		})
	})
	if err != nil {
		p.t.Fatalf("browser: take picture: %v", err)
	}
	return r.Data
}

// Said are what the console has: errors, warnings, whatever a script says.
func (p *Page) Said() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.said)
}

// Elsewhere are the requests that went to another origin.
func (p *Page) Elsewhere() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, r := range p.requests {
		if !strings.HasPrefix(r, p.origin+"/") {
			all = append(all, r)
		}
	}
	return all
}

// Requests counts the requests so far.
func (p *Page) Requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.requests)
}
