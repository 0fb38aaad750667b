package config

import (
	"math"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNumbersAreReadWithKeepalivedsLeniency(t *testing.T) {
	for _, c := range []struct {
		text string
		want uint64
		ok   bool
	}{
		{"0", 0, true}, {"51", 51, true}, {"+51", 51, true}, {" 51", 51, true}, {"051", 51, true},
		{"18446744073709551615", math.MaxUint64, true}, {"18446744073709551616", 0, false},
		{"", 0, false}, {"+", 0, false}, {"-1", 0, false}, {"51x", 0, false}, {"0x33", 0, false},
		{"100.5", 0, false}, {"1e0", 0, false}, {"5 ", 0, false}, {"++5", 0, false},
	} {
		if n, ok := parseUint(c.text); n != c.want || ok != c.ok {
			t.Errorf("parseUint(%q) = %d, %v; want %d, %v", c.text, n, ok, c.want, c.ok)
		}
	}
	for _, c := range []struct {
		text string
		want int64
		ok   bool
	}{
		{"-5", -5, true}, {"+5", 5, true}, {"--5", 0, false}, {"-+5", 0, false}, {"-", 0, false},
		{"9223372036854775807", math.MaxInt64, true}, {"9223372036854775808", 0, false},
	} {
		if n, ok := parseInt(c.text); n != c.want || ok != c.ok {
			t.Errorf("parseInt(%q) = %d, %v; want %d, %v", c.text, n, ok, c.want, c.ok)
		}
	}
}

func TestDecimalsAreReadWithKeepalivedsLeniency(t *testing.T) {
	for _, c := range []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"1", time.Second, true}, {".5", time.Second / 2, true}, {"5.", 5 * time.Second, true},
		{"+1.25", 1250 * time.Millisecond, true}, {"0.000001", time.Microsecond, true},
		{"0.0000004", 0, true}, {"0.0000006", time.Microsecond, true}, {"0.9999999", time.Second, true},
		{".", 0, false}, {"", 0, false}, {"-1", 0, false}, {"1e0", 0, false}, {"1.x", 0, false},
		{"1.5.2", 0, false}, {"99999999999999999999", 0, false}, {" 2", 2 * time.Second, true},
	} {
		if d, ok := parseDecimal(c.text, time.Second); d != c.want || ok != c.ok {
			t.Errorf("parseDecimal(%q) = %v, %v; want %v, %v", c.text, d, ok, c.want, c.ok)
		}
	}
	if d, ok := parseDecimal("1.5", time.Millisecond); !ok || d != 1500*time.Microsecond {
		t.Errorf("1.5 ms = %v, %v", d, ok)
	}
}

func TestPlainWritesWhatParseDecimalReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, 4294967295).Draw(t, "microseconds")) * time.Microsecond
		text := plain(d, time.Second)
		if got, ok := parseDecimal(text, time.Second); !ok || got != d {
			t.Fatalf("plain(%v) = %q, read as %v, %v", d, text, got, ok)
		}
		n := rapid.Int64Min(-math.MaxInt64).Draw(t, "n")
		if got, ok := parseInt(strconv.FormatInt(n, 10)); !ok || got != n {
			t.Fatalf("parseInt(%d) = %d, %v", n, got, ok)
		}
	})
}
