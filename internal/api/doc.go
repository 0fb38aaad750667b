// Package api is what programs may rely on: the JSON of holdfastctl status, events, top, check, doctor, diff,
// plan, explain, keyword, replay and watch, and of /status.
// Its types are made for that alone. Each document says its schema, a name with a version: within a version
// fields are added, and none goes or changes its meaning. docs/json.md is written from the types.
package api
