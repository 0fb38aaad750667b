// Package lint finds what a configuration says well and means badly: files that load without a
// complaint and do not do what their writer wanted. It is the list of what bites users of keepalived,
// as rules.
//
// Check looks at one configuration, Compare at those of the routers of one segment, Explain tells at
// length what a finding is about, and Silences keeps quiet what a file asks to be quiet about. The
// package is pure: the model and the statements of the text come in, problems come out; what it has to
// know of the machine it asks through Host.
//
// A finding never touches an exit status of --config-test: its class is parser.Logged. A rule does not
// repeat what reading the file has reported already.
package lint
