package director

import "github.com/holdfast-ha/holdfast/checkers/dial"

// HTTPCheck is an HTTP_GET or SSL_GET.
type HTTPCheck struct {
	dial.Endpoint
	Protocol     string
	URLs         []URL
	FastRecovery bool
	SSL          *SSL // of an SSL_GET
}

// otherSSL tells whether another has other key material.
func (c *HTTPCheck) otherSSL(o *HTTPCheck) bool {
	return c != nil && o != nil && c.SSL != nil && o.SSL != nil && *c.SSL != *o.SSL
}

// URL is one page of an HTTPCheck.
type URL struct {
	Path, Host, ServerName string
	Status                 []StatusRange // empty: 200 to 299
	Digest                 string
	Regex                  string // empty: none
	RegexOptions           []string
	RegexNoMatch           bool
	RegexMin, RegexMax     int
	RegexMaxSet            bool
	CloseNotify            bool
}

// StatusRange is a range of status codes, both ends included.
type StatusRange struct{ First, Last int }

// SSL names the files of the client certificate.
type SSL struct{ CA, Certificate, Key, Password string }
