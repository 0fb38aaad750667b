package daemon

import (
	"github.com/holdfast-ha/holdfast/checkers/http"
	"github.com/holdfast-ha/holdfast/checkers/http/answer"
	"github.com/holdfast-ha/holdfast/internal/director"
)

// keys are the identities of SSL_GETs, each once. They belong to the director's loop, which makes the
// checkers.
type keys map[director.SSL]*http.Identity

func (k keys) of(s director.SSL) *http.Identity {
	if k[s] == nil {
		k[s] = http.NewIdentity(http.Files{CA: s.CA, Certificate: s.Certificate, Key: s.Key, Password: s.Password})
	}
	return k[s]
}

// httpOptions are the settings of an HTTP_GET or SSL_GET as its checker takes them.
func (k keys) httpOptions(c *director.HTTPCheck) http.Options {
	o := http.Options{
		Endpoint: c.Endpoint,
		Protocol: answer.Protocol(c.Protocol),
	}
	if c.SSL != nil {
		o.TLS = k.of(*c.SSL)
	}
	for i := range c.URLs {
		u := &c.URLs[i]
		o.URLs = append(o.URLs, http.URL{
			Path: u.Path, Host: u.Host, ServerName: u.ServerName, CloseNotify: u.CloseNotify, Want: want(u),
		})
	}
	return o
}

// want is what an answer has to be like. A regular expression that does not compile is left out, as the
// warning at the start has said.
func want(u *director.URL) answer.Want {
	w := answer.Want{Digest: u.Digest, NoMatch: u.RegexNoMatch}
	for _, s := range u.Status {
		w.Status = append(w.Status, answer.Range(s))
	}
	if u.Regex != "" {
		w.Regex, _ = answer.CompileRegex(u.Regex, answer.RegexOptions{
			Words: u.RegexOptions, Min: u.RegexMin, Max: u.RegexMax, MaxSet: u.RegexMaxSet,
		})
	}
	return w
}
