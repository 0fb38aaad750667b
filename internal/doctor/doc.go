// Package doctor finds what is wrong with a host that is a director or a real server: what its kernel,
// its firewall and its services are like, against what the configuration needs of them. Facts of the
// host and the model come in, problems come out, each with what follows from it and a command that
// cures it. The package is pure; doctor/collect reads the facts.
//
// A finding says only what the facts prove: what could not be read is said by one finding of its own,
// never taken for wrong.
package doctor
