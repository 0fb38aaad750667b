package daemon

import (
	"github.com/holdfast-ha/holdfast/checkers/http"
	"github.com/holdfast-ha/holdfast/checkers/http/answer"
	"github.com/holdfast-ha/holdfast/internal/director"
)

// httpOptions are the settings of an HTTP_GET or SSL_GET as its checker takes them.
func httpOptions(c *director.HTTPCheck) http.Options {
	o := http.Options{
		Endpoint: c.Endpoint,
		Protocol: answer.Protocol(c.Protocol),
	}
	if c.SSL != nil {
		o.TLS = &http.TLS{CA: c.SSL.CA, Certificate: c.SSL.Certificate, Key: c.SSL.Key, Password: c.SSL.Password}
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
