package genhash

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/holdfast-ha/holdfast/checkers/http"
	"github.com/holdfast-ha/holdfast/checkers/http/answer"
)

// Run is the program under that name; it returns the exit status: 0 with a digest, 1 without. keepalived's
// ends with 0 whatever comes and prints some of its errors as if they were digests.
func Run(program string, args []string, out, errs io.Writer) int {
	o, mistakes := parse(args)
	if len(mistakes) > 0 {
		for _, m := range mistakes {
			fmt.Fprintf(errs, "%s: %s\n", program, m)
		}
		usage(errs, program)
		return 1
	}
	if o.help {
		usage(errs, program)
		return 1
	}
	begin := time.Now()
	a, err := get(o)
	if err != nil {
		fmt.Fprintf(errs, "%s: %v\n", program, err)
		return 1
	}
	if o.verbose {
		describe(out, a)
	}
	fmt.Fprintln(out, a.Digest())
	if o.verbose {
		fmt.Fprintf(out, "\nGlobal response time for [%s] = %d usecs\n", o.url, time.Since(begin).Microseconds())
	}
	return 0
}

// get asks for the page.
func get(o *options) (*answer.Answer, error) {
	check := http.Options{
		Endpoint: o.endpoint,
		Protocol: o.protocol,
		URLs:     []http.URL{{Path: o.url, Host: answer.Host(o.endpoint.Target, o.host)}},
	}
	if o.tls {
		check.TLS = http.NewIdentity(http.Files{})
	}
	if o.sni {
		check.URLs[0].ServerName = answer.ServerName(o.host)
	}
	keep := 0
	if o.verbose {
		keep = answer.MaxBody
	}
	a := answer.Hashing(keep)
	if err := http.New(check).Get(context.Background(), a); err != nil {
		return nil, err
	}
	if !a.Head {
		return nil, errors.New("no data received from remote webserver")
	}
	return a, nil
}

// describe shows an answer: its head as it came, its page in hexadecimal digits and as text.
func describe(out io.Writer, a *answer.Answer) {
	fmt.Fprintf(out, "Head of the answer:\n%s", a.HeadText())
	fmt.Fprintf(out, "Page of %d octets:\n%sMD5 digest of the page:\n", a.Received, hex.Dump(a.Text()))
}
