package api

import (
	"encoding/json"
	"time"
)

// The schemas of what is looked up, replayed and seen.
const (
	ExplainSchema = "holdfast/explain/1"
	KeywordSchema = "holdfast/keyword/1"
	ReplaySchema  = "holdfast/replay/1"
	WatchSchema   = "holdfast/watch/1"
)

// Explanation is what a kind of finding is about.
type Explanation struct {
	Schema string `json:"schema" doc:"holdfast/explain/1"`
	ID     string `json:"id" doc:"of the kind, as findings have it"`
	Title  string `json:"title" doc:"one line"`
	Text   string `json:"text" doc:"paragraphs, divided by empty lines"`
	In     string `json:"in,omitempty" doc:"the block that before and after stand in; left out: the top level"`
	Before string `json:"before,omitempty" doc:"lines of a configuration that have the problem; left out where it is not in the text"`
	After  string `json:"after,omitempty" doc:"the same lines without it"`
	Docs   string `json:"docs,omitempty" doc:"a page that tells more"`
	Host   bool   `json:"host" doc:"it is about a host, and doctor finds it"`
}

// Keyword is a keyword in one of its contexts.
type Keyword struct {
	Schema    string `json:"schema" doc:"holdfast/keyword/1"`
	Context   string `json:"context" doc:"the blocks it stands in, divided by /; top: none"`
	Keyword   string `json:"keyword" doc:"the keyword"`
	Arguments string `json:"arguments,omitempty" doc:"what stands behind it"`
	Default   string `json:"default,omitempty" doc:"what counts without it"`
	Since     string `json:"since,omitempty" doc:"the version of keepalived that has it first"`
	Effect    string `json:"effect" doc:"what it does here, in words"`
	Note      string `json:"note,omitempty" doc:"what else there is to know, in words"`
}

// Replay is what the replay of a recording has shown.
type Replay struct {
	Schema     string            `json:"schema" doc:"holdfast/replay/1"`
	File       string            `json:"file" doc:"the recording"`
	Runs       int               `json:"runs" doc:"starts of a process in it"`
	Events     int               `json:"events" doc:"inputs of the VRRP core"`
	Reloads    int               `json:"reloads" doc:"changes of its configuration"`
	Actions    int               `json:"actions" doc:"its outputs"`
	Seconds    float64           `json:"seconds" doc:"how long it is"`
	Same       bool              `json:"same" doc:"this version gives exactly the recorded outputs"`
	Truncated  bool              `json:"truncated" doc:"it ends within a line"`
	Ends       []string          `json:"ends" doc:"why each run ended, in words; empty: its process was killed, or runs on"`
	Difference *ReplayDifference `json:"difference,omitempty" doc:"the first one; left out: there is none"`
}

// ReplayDifference is where a replay departs from its recording.
type ReplayDifference struct {
	Line     int             `json:"line" doc:"of the recording, from 1"`
	Action   int             `json:"action" doc:"the output of that line, from 1"`
	Seconds  float64         `json:"seconds" doc:"since the start of the run"`
	Recorded json.RawMessage `json:"recorded,omitempty" doc:"the recorded output; left out: there are only those before"`
	Replayed json.RawMessage `json:"replayed,omitempty" doc:"that of this version; left out: there are only those before"`
}

// Sighting is an advertisement on the wire, or that none comes any more.
type Sighting struct {
	Schema      string        `json:"schema" doc:"holdfast/watch/1"`
	Time        time.Time     `json:"time" doc:"when"`
	Interface   string        `json:"interface,omitempty" doc:"where; left out: the capture does not tell"`
	VLAN        uint16        `json:"vlan,omitempty" doc:"its number"`
	Source      string        `json:"source,omitempty" doc:"the sender's address; left out: it is not about one packet"`
	Destination string        `json:"destination,omitempty" doc:"the receiver's address"`
	MAC         string        `json:"mac,omitempty" doc:"the sender's hardware address"`
	Outgoing    bool          `json:"outgoing,omitempty" doc:"this host has sent it"`
	TTL         int           `json:"ttl,omitempty" doc:"or hop limit"`
	Version     int           `json:"version,omitempty" doc:"of VRRP"`
	VRID        int           `json:"vrid" doc:"virtual router ID"`
	Family      string        `json:"family" doc:"IPv4 or IPv6"`
	Priority    *int          `json:"priority,omitempty" doc:"0: it gives up"`
	Interval    float64       `json:"interval_seconds,omitempty" doc:"between its advertisements, as it says"`
	Auth        string        `json:"auth,omitempty" doc:"PASS, AH or signed"`
	Sequence    uint32        `json:"sequence,omitempty" doc:"of AH"`
	Addresses   []string      `json:"addresses,omitempty" doc:"the virtual addresses in it"`
	Findings    []WireFinding `json:"findings" doc:"what there is to say of it"`
}

// WireFinding is something about an advertisement.
type WireFinding struct {
	ID      string `json:"id" doc:"of its kind"`
	Problem bool   `json:"problem" doc:"it is wrong; else it is a change"`
	New     bool   `json:"new" doc:"the advertisement before did not have it"`
	Text    string `json:"text" doc:"in words"`
}
