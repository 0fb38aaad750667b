package answer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Want says what an answer must be like.
type Want struct {
	Status  []Range // empty: 200 to 299
	Digest  string  // MD5 sum of the body, 32 hexadecimal digits; empty: any
	Regex   *Regex  // nil: none
	NoMatch bool    // Regex must not be found
}

// Range is a range of status codes, both ends included.
type Range struct{ First, Last int }

func (r Range) String() string {
	if r.First == r.Last {
		return fmt.Sprint(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// Success is what is wanted where status_code is not given.
var Success = []Range{{200, 299}}

// Judge says what is wrong with an answer that has ended; empty: nothing.
func (a *Answer) Judge(want *Want) string {
	switch {
	case !a.Head && len(a.head) == 0:
		return "the connection was closed without an answer"
	case !a.Head:
		return "the connection was closed within the head of the answer"
	}
	if wrong := judgeStatus(a.Status, want.Status); wrong != "" {
		return wrong
	}
	if got := a.Digest(); want.Digest != "" && got != want.Digest {
		return fmt.Sprintf("the digest is %s, not %s", got, want.Digest)
	}
	if want.Regex != nil {
		return a.judgeText(want)
	}
	return ""
}

func judgeStatus(status int, want []Range) string {
	if len(want) == 0 {
		want = Success
	}
	if slices.ContainsFunc(want, func(r Range) bool { return r.First <= status && status <= r.Last }) {
		return ""
	}
	if status == 0 {
		return "the answer has no status code"
	}
	var list []string
	for _, r := range want {
		list = append(list, r.String())
	}
	return fmt.Sprintf("status %d is not in %s", status, strings.Join(list, " "))
}

// judgeText searches the page and, where that has it not, head and page as one: keepalived sees both when
// they come together, as they mostly do, and counts its places from the head then.
func (a *Answer) judgeText(want *Want) string {
	found, err := want.Regex.Match(a.text)
	if !found && err == nil {
		found, err = want.Regex.Match(append(bytes.Clone(a.head), a.text...))
	}
	switch {
	case err != nil:
		return fmt.Sprintf("regex: %v", err)
	case found && want.NoMatch:
		return "the regex was found"
	case !found && !want.NoMatch:
		if int64(len(a.text)) < a.Received {
			return fmt.Sprintf("the regex was not found in the first %d octets", len(a.text))
		}
		return "the regex was not found"
	}
	return ""
}
