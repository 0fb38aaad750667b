package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWhoTakesGzipGetsIt(t *testing.T) {
	text := strings.Repeat("the same again and again ", 1000)
	h := Zip(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, text)
	}))
	for accepted, want := range map[string]bool{
		"": false, "gzip": true, "br, GZIP;q=0.5": true, "deflate, gzip": true, "gzip;q=0": false, "gzip; q=0.000": false, "x-gzip": false, "identity": false,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			r, w := httptest.NewRequest(method, "/", nil), httptest.NewRecorder()
			r.Header.Set("Accept-Encoding", accepted)
			h.ServeHTTP(w, r)
			var body io.Reader = w.Body
			zipped := w.Header().Get("Content-Encoding") == "gzip"
			if zipped != (want && method == "GET") || w.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s, accepted %q: %v", method, accepted, w.Header())
			}
			if zipped {
				if w.Body.Len() > len(text)/10 {
					t.Errorf("%d of %d octets", w.Body.Len(), len(text))
				}
				body, _ = gzip.NewReader(w.Body)
			}
			if got, err := io.ReadAll(body); err != nil || string(got) != text {
				t.Errorf("%s, accepted %q: %d octets, %v", method, accepted, len(got), err)
			}
		}
	}
}

// TestCompressedStreamArrivesAsItIsFlushed: what waits in the compressor is a page that stands still.
func TestCompressedStreamArrivesAsItIsFlushed(t *testing.T) {
	more := make(chan struct{})
	s := httptest.NewServer(Zip(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 2 {
			io.WriteString(w, "something\n")
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			<-more
		}
	})))
	defer s.Close()
	r, err := http.NewRequest("GET", s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	z, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		b := make([]byte, len("something\n"))
		if _, err := io.ReadFull(z, b); err != nil || string(b) != "something\n" {
			t.Fatalf("%q, %v", b, err)
		}
		more <- struct{}{}
	}
	if rest, err := io.ReadAll(z); err != nil || len(rest) > 0 {
		t.Errorf("at the end %q, %v", rest, err)
	}
}

func TestRefusalsAreReadable(t *testing.T) {
	r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
	r.Header.Set("Accept-Encoding", "gzip")
	Zip(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusServiceUnavailable) })).ServeHTTP(w, r)
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); err != nil || string(text) != "no\n" || w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %q, %v", w.Code, text, err)
	}
}
