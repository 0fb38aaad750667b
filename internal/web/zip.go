package web

import (
	"compress/gzip"
	"net/http"
	"strings"
)

// Zip compresses what a handler answers to who takes gzip. What was written before a Flush arrives by it, so
// that streams may be compressed too.
func Zip(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if r.Method == http.MethodHead || !takesGzip(r) {
			next.ServeHTTP(w, r)
			return
		}
		z := &zipper{ResponseWriter: w}
		defer z.end()
		next.ServeHTTP(z, r)
	})
}

// takesGzip tells whether gzip is among what is accepted, and not with a weight of zero.
func takesGzip(r *http.Request) bool {
	for _, one := range strings.Split(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(one, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight = strings.ReplaceAll(weight, " ", "")
			return !strings.HasPrefix(weight, "q=0") || strings.Trim(weight[3:], ".0") != ""
		}
	}
	return false
}

// zipper is a ResponseWriter whose body is compressed.
type zipper struct {
	http.ResponseWriter
	z *gzip.Writer // nil: the header has not been written
}

// WriteHeader implements http.ResponseWriter.
func (z *zipper) WriteHeader(status int) {
	if z.z == nil {
		z.z, _ = gzip.NewWriterLevel(z.ResponseWriter, gzip.BestSpeed) // fails for levels that there are not
		h := z.Header()
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
	}
	z.ResponseWriter.WriteHeader(status)
}

func (z *zipper) Write(b []byte) (int, error) {
	if z.z == nil {
		z.WriteHeader(http.StatusOK)
	}
	return z.z.Write(b)
}

// FlushError is what http.ResponseController calls.
func (z *zipper) FlushError() error {
	if z.z == nil {
		z.WriteHeader(http.StatusOK)
	}
	if err := z.z.Flush(); err != nil {
		return err
	}
	return http.NewResponseController(z.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (z *zipper) Unwrap() http.ResponseWriter { return z.ResponseWriter }

func (z *zipper) end() {
	if z.z != nil {
		_ = z.z.Close() // who has hung up does not want it
	}
}
