package page

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/holdfast-ha/holdfast/internal/web"
)

//go:embed assets
var assets embed.FS

// Paths.
const (
	streamPath = "/page/stream"
	statePath  = "/page/state"
	doPath     = "/page/do"
)

// Mount puts the page on the status part of a server. It must be called before its Use.
func Mount(s *web.Server, d Daemon) {
	mount(s, d, tick, beat)
}

func mount(s *web.Server, d Daemon, tick, beat time.Duration) {
	d.Actions = s.Actions
	f := &feed{daemon: d}
	for pattern, name := range files() {
		s.Handle(web.Status, pattern, file(name))
	}
	s.Handle(web.Status, statePath, web.Zip(f))
	s.Handle(web.Status, streamPath, web.AtMost(maxStreams, web.Zip(&stream{
		feed: f, boot: strconv.FormatInt(time.Now().UnixNano(), 36), tick: tick, beat: beat,
	})))
	s.Action(doPath, http.HandlerFunc(d.serveAction))
}

// files are what the page consists of, by pattern.
func files() map[string]string {
	all := map[string]string{"/{$}": "assets/index.html"}
	names, err := fs.Glob(assets, "assets/*")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, name := range names {
		if path.Base(name) != "index.html" {
			all["/page/"+path.Base(name)] = name
		}
	}
	return all
}

// kinds are the types of the files; a machine's own list of them may be missing or odd.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// file serves one of the files.
func file(name string) http.Handler {
	content, err := assets.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	kind := kinds[path.Ext(name)]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		if r.Method != http.MethodHead {
			_, _ = w.Write(content)
		}
	})
}
