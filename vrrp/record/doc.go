// Package record is the written form of what went into a VRRP core and what came out: the
// configuration, each event with its time, and the actions that followed. Since a core has no clock
// and draws no random numbers, feeding the events to a core again has to give the same actions:
// Replay does that and tells the first difference.
//
// A recording is text, one JSON object a line, and may hold several runs one after the other:
//
//	{"recording":"vrrp","format":1,"program":"holdfast 0.1.0","host":"lb1","epoch":"2026-03-01T12:00:00Z"}
//	{"t":0,"start":{"instances":[...],"groups":[...]}}
//	{"t":1200,"event":{"kind":"LinkUp","link":"eth0"}}
//	{"t":3609000000,"event":{"kind":"Tick"},"do":[{"kind":"SendAdvert","id":1,"priority":100}, ...]}
//	{"t":9000000000,"reload":{"instances":[...]},"do":[...]}
//	{"t":9500000000,"end":"stopped"}
//
// Times are nanoseconds since epoch; empty lines mean nothing. A run without an end was cut short: its
// process was killed. Secrets (auth_pass, keys of auth_hmac) are left out: they decide which packets
// reach the core, not what it does with them.
package record
