package web

import "net/http"

// headers are those of every answer. What is served comes from here alone, is kept by nobody, and is
// shown in no other page; other origins cannot read it, since nothing allows them to.
var headers = map[string]string{
	"Content-Security-Policy":      "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cache-Control":                "no-store",
}

// harden adds the headers. A handler may say more of its own.
func harden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, value := range headers {
			h.Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}

// AtMost lets n requests at a time through to a handler that holds them for long, such as a stream; others
// are told to come later, so that the listener's connections are not all taken by it.
func AtMost(n int, next http.Handler) http.Handler {
	places := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			next.ServeHTTP(w, r)
		default:
			w.Header().Set("Retry-After", "10")
			http.Error(w, "too many at a time", http.StatusServiceUnavailable)
		}
	})
}
