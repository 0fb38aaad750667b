package track

import (
	"strconv"
	"strings"
)

// ParseValue reads the contents of a tracked file: blanks, a sign, a number as C writes it (0x for
// 16, 0 for 8), and whatever follows. Without a number, or beyond 32 bits, the value is 0.
func ParseValue(content string) int {
	text := strings.TrimLeft(content, " \t\n\v\f\r")
	sign := ""
	if text != "" && (text[0] == '-' || text[0] == '+') {
		sign, text = text[:1], text[1:]
	}
	base, digits := 10, text
	switch {
	case len(text) > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && strings.IndexByte(hexDigits, text[2]) >= 0:
		base, digits = 16, text[2:]
	case len(text) > 0 && text[0] == '0':
		base = 8
	}
	n := 0
	for n < len(digits) && isDigit(digits[n], base) {
		n++
	}
	v, err := strconv.ParseInt(sign+digits[:n], base, 32)
	if err != nil {
		return 0
	}
	return int(v)
}

const hexDigits = "0123456789abcdefABCDEF"

func isDigit(b byte, base int) bool {
	if base == 16 {
		return strings.IndexByte(hexDigits, b) >= 0
	}
	return b >= '0' && b < '0'+byte(base)
}
