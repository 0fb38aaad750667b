package daemon

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata"
)

func TestReloadTimesAreReadAsInKeepalived(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 28, 12, 30, 0, 0, zone) // an hour before UTC, the night before summer time
	for text, want := range map[string]string{
		"12:30:01":             "2026-03-28T12:30:01+01:00",
		"12:30:00":             "2026-03-29T12:30:00+02:00",
		"11:30:01Z":            "2026-03-28T11:30:01Z",
		"11:30:00Z":            "2026-03-29T11:30:00Z",
		"26-03-28 12:30:01":    "dated 2026-03-28T12:30:01+01:00",
		"2027-01-02 03:04:05":  "dated 2027-01-02T03:04:05+01:00",
		"2027-01-02 03:04:05Z": "dated 2027-01-02T03:04:05Z",
		"2026-03-28 12:30:00":  "past",
		"2026-03-28 11:30:00Z": "past",
		"2026-03-29 02:30:00":  "refused", // skipped that night
		"2026-02-30 02:30:00":  "refused",
		"24:00:00":             "refused",
		"12:30":                "refused",
		"12:30:01 ":            "refused",
		"noon":                 "refused",
		"Z":                    "refused",
	} {
		at, dated, err := reloadTime(text, now)
		got := at.Format(time.RFC3339)
		switch {
		case errors.Is(err, errPast):
			got = "past"
		case err != nil:
			got = "refused"
		case dated:
			got = "dated " + got
		}
		if got != want {
			t.Errorf("%q: %s (%v), want %s", text, got, err, want)
		}
	}
}
