package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// Bounds of a token, in characters. A short one could be guessed.
const (
	minToken = 16
	maxToken = 1024
)

// ReadToken reads a token from a file: all but the blanks around it. The file must be the daemon's user's
// or root's, and nobody else's to read.
func ReadToken(path string) (string, error) {
	// Not blocking: what somebody put there may be a FIFO.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("read token: %s is no file", path)
	}
	if others := info.Mode().Perm() & 0o077; others != 0 {
		return "", fmt.Errorf("read token: others than its owner may use %s (mode %04o): chmod 0600 %[1]s", path, info.Mode().Perm())
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	if st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return "", fmt.Errorf("read token: %s belongs to user %d: chown root %[1]s", path, st.Uid)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxToken+2))
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if n := len(token); n < minToken || n > maxToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("read token: %s must hold %d to %d printable characters without blanks: openssl rand -hex 32 makes some", path, minToken, maxToken)
	}
	return token, nil
}

// guard lets through who knows the token. It keeps its hash alone.
type guard struct {
	hash        atomic.Pointer[[sha256.Size]byte] // nil: nobody gets through
	crossOrigin http.CrossOriginProtection
	log         *zap.Logger
	told        atomic.Int64 // when a wrong token was last logged, in seconds since 1970
}

// wrongPause is how often wrong tokens are logged: whoever guesses shall not fill the log.
const wrongPause = time.Minute

// wrong logs who sent a wrong token.
func (g *guard) wrong(r *http.Request) {
	now, last := time.Now().Unix(), g.told.Load()
	if now-last >= int64(wrongPause/time.Second) && g.told.CompareAndSwap(last, now) {
		g.log.Warn("HTTP: a wrong token was sent", zap.String("from", r.RemoteAddr), zap.String("path", r.URL.Path))
	}
}

// use takes a token, or none, from now on.
func (g *guard) use(token string) {
	if token == "" {
		g.hash.Store(nil)
		return
	}
	sum := sha256.Sum256([]byte(token))
	g.hash.Store(&sum)
}

func (g *guard) armed() bool { return g.hash.Load() != nil }

// knows compares in a time that says nothing of the token, whatever the length of the guess.
func (g *guard) knows(guess string) bool {
	want := g.hash.Load()
	if want == nil {
		return false
	}
	got := sha256.Sum256([]byte(guess))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// protect refuses who does not send "Authorization: Bearer TOKEN", and what another site's page sends.
func (g *guard) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.armed() {
			http.Error(w, "this page can only be read: there is no status_token_file", http.StatusForbidden)
			return
		}
		if err := g.crossOrigin.Check(r); err != nil {
			http.Error(w, "the request comes from another site", http.StatusForbidden)
			return
		}
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || !g.knows(token) {
			g.wrong(r)
			w.Header().Set("WWW-Authenticate", `Bearer realm="holdfast"`)
			http.Error(w, "the token is missing or wrong", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
